"""The verbs of a service: `serve`, `work`, `migrate`, `schema`, and an operator's `dead-letters`, `verify`, `replay`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import asyncpg
import structlog
import uvloop

from chassis import contracts, logs, migrate, operations, tracing
from chassis.graphql import sdl
from chassis.migrate import MigrationError
from chassis.server import CannotStart, run
from chassis.service import Service
from chassis.settings import ServiceSettings, load

_log = structlog.get_logger(__name__)


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Run one verb and end the process with its code: 0 done, 1 it could not be done, 2 wrong settings or arguments."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.package}")
    verbs = parser.add_subparsers(dest="verb", required=True)
    serve = verbs.add_parser("serve", help="answer GraphQL")
    serve.add_argument("--with-worker", action="store_true", help="do the work in the same process")
    verbs.add_parser("work", help="relay events, consume events, keep due dates")
    migrations = verbs.add_parser("migrate", help="bring the database to this version")
    migrations.add_argument("--check", action="store_true", help="only say what is missing; code 1 when something is")
    migrations.add_argument("--phase", choices=["pre", "post"], help="only what runs before, or after, the new code")
    verbs.add_parser("schema", help="write the contract folder")
    operations.add_verbs(verbs)
    given = parser.parse_args(arguments)

    if given.verb == "schema":
        write_contract(service)
        return
    settings = load(service.settings)
    logs.configure(service.name, settings)
    tracing.configure(service.name, settings.otel_exporter_otlp_endpoint)
    try:
        if given.verb == "migrate":
            phases = [given.phase] if given.phase else ["pre", "post"]
            uvloop.run(check(service, settings, phases) if given.check else apply(service, settings, phases))
        elif given.verb in {"serve", "work"}:
            uvloop.run(
                run(service, settings, graphql=given.verb == "serve", worker=given.verb == "work" or given.with_worker)
            )
        else:
            raise SystemExit(uvloop.run(operations.run(service, settings, given)))
    except (CannotStart, MigrationError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    except (OSError, asyncpg.PostgresError) as error:
        print(f"The database cannot be used: {error}", file=sys.stderr)
        raise SystemExit(1) from None


async def apply(service: Service, settings: ServiceSettings, phases: Sequence[str]) -> None:
    """Apply the migrations that are missing."""
    done = await migrate.apply(settings.database_url.get_secret_value(), service.migrations(), phases=phases)
    _log.info("migrated", applied=done)


async def check(service: Service, settings: ServiceSettings, phases: Sequence[str]) -> None:
    """Name the migrations that are missing. Raises MigrationError when there are some."""
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        missing = await migrate.pending(connection, service.migrations())
    finally:
        await connection.close()
    names = [f"{one.source}/{one.name}" for one in missing if one.phase in phases]
    if names:
        raise MigrationError(f"Migrations are missing: {', '.join(names)}. Run `migrate`.")
    _log.info("nothing to migrate")


def write_contract(service: Service) -> None:
    """Write contract/schema.graphql, contract/events and contract/listens beside the package."""
    folder = service.contract
    folder.mkdir(exist_ok=True)
    (folder / "schema.graphql").write_text(sdl(service.schema))
    contracts.write(service, folder)
