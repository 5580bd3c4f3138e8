"""`make up`: start everything, load the demo organisation, stay until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time

from deploy.local.demo.load import load
from deploy.local.platform import Platform
from deploy.local.processes import die_with_parent
from deploy.local.settings import HOST, SERVICES, Settings, Stop

FIRST_QUERY = (
    "{ me { name team { name adoption { monthlyActiveUsers { value } } } "
    "accessGrants { status tool { name } } credentials { status credentialType { name } } "
    "workflows { nodes { name hoursAtStake } } } }"
)


def say(line: str) -> None:
    """One line for the person at the terminal."""
    print(f"  {line}", flush=True)


def welcome(settings: Settings, seconds: float) -> str:
    """What to open, how to get in, and a first query."""
    ports = settings.ports
    services = "  ".join(f"{name} {getattr(ports, name)}" for name in SERVICES)
    return f"""
Ready after {seconds:.0f} s. Ctrl-C stops everything; the data stays until `make reset`.

  graph      {settings.graphql_url}   (GraphiQL: http://{HOST}:{ports.gateway}/)
  events     http://{HOST}:{ports.gateway}/events   (CloudEvents over HTTP)
  broker     {settings.broker}   (topics hris.events, governance.events, ...)
  services   {services}
  logs       {settings.state / "logs"}
  a token    make token WHO=executive-sponsor   (also employee, team-lead, ai-steward, hris, ...)

A first query, answered by all four services:

  curl -s {settings.graphql_url} -H "authorization: Bearer $(make -s token WHO=employee)" \\
    -H "content-type: application/json" -d '{{"query": "{FIRST_QUERY}"}}'
"""


async def live() -> None:
    """The life of `make up`."""
    begun = time.monotonic()
    settings = Settings.of()
    async with Platform(settings, say) as platform:
        await platform.unless_broken(load(platform, say))
        print(welcome(settings, time.monotonic() - begun), flush=True)
        await platform.unless_broken(asyncio.Event().wait())


async def run() -> int:
    """Live until a signal ends it; stopping itself cannot be interrupted, and takes less than five seconds."""
    life = asyncio.create_task(live())
    loop = asyncio.get_running_loop()

    def end() -> None:
        if not life.cancelling():
            say("stopping")
            life.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    with contextlib.suppress(asyncio.CancelledError):
        await life
    return 0


def main() -> int:
    """Run; a reason to stop is one clear sentence and exit code 1."""
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)
    try:
        return asyncio.run(run())
    except Stop as reason:
        print(f"make up: {reason}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
