"""The gateway's verbs: `serve` answers requests, `explain` prints a stage of planning a query."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from chassis import logs, tracing
from chassis.settings import load
from gateway.hris_import import command as hris_import
from gateway.loading import CannotStart, load_engine
from gateway.server import serve
from gateway.settings import GatewaySettings


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one verb and end the process with its code: 0 done, 1 it could not be done, 2 wrong settings or arguments."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description="One graph over the services.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("serve", help="answer requests; settings come from the environment")
    explain = verbs.add_parser("explain", help="print how a query is planned")
    explain.add_argument(
        "--supergraph", type=Path, help="the supergraph file; SUPERGRAPH, or the shipped one, if left out"
    )
    explain.add_argument("--stage", default="plan", help="the stage of planning to print (plan)")
    explain.add_argument("query", help="a file with a GraphQL document, or - for standard input")
    again = verbs.add_parser("map-again", help="map kept deliveries of vendors again: those with something not mapped")
    again.add_argument("--all", action="store_true", help="every delivery that was kept, also those mapped whole")
    again.add_argument("--adapter", help="only of this adapter, for example bamboohr")
    again.add_argument("--delivery", help="only this delivery")
    again.add_argument("--dry-run", action="store_true", help="only say what would be published")
    hris_import.add_verb(verbs)
    given = parser.parse_args(arguments)
    if given.verb == "import-hris":
        raise SystemExit(hris_import.run(given))
    settings = load(GatewaySettings)
    try:
        if given.verb == "serve":
            logs.configure("gateway", settings)
            tracing.configure("gateway", settings.otel_exporter_otlp_endpoint)
            uvloop.run(serve(settings))
        elif given.verb == "map-again":
            raise SystemExit(_mapped_again(settings, given))
        else:
            if given.supergraph:
                settings = settings.model_copy(update={"supergraph": given.supergraph})
            print(_explained(settings, given.query, given.stage))
    except CannotStart as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def _mapped_again(settings: GatewaySettings, given: argparse.Namespace) -> int:
    from gateway.ingress.map_again import Wanted, map_again  # noqa: PLC0415 - needs a Kafka client, as nothing else here

    if not settings.kafka_bootstrap_servers:
        raise CannotStart("KAFKA_BOOTSTRAP_SERVERS is not set, and the deliveries are kept there. Set it to host:port.")
    wanted = Wanted(given.adapter, given.delivery, all=given.all, dry_run=given.dry_run)
    return 1 if uvloop.run(map_again(settings, wanted)) else 0


def _explained(settings: GatewaySettings, file: str, stage: str) -> str:
    from graphql import GraphQLError  # noqa: PLC0415 - as the next: not needed to serve

    from gateway.explain import CannotExplain, explain  # noqa: PLC0415
    from gateway.operation import OperationNotFound  # noqa: PLC0415

    try:
        query = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"The query {file} cannot be read: {error.strerror}.") from None
    engine = load_engine(settings)
    try:
        return explain(engine, query, stage)
    except (CannotExplain, GraphQLError, OperationNotFound) as error:
        raise CannotStart(str(error)) from None


if __name__ == "__main__":
    main()
