"""The loop that looks for idle grants."""

from __future__ import annotations

import asyncio

import structlog

from chassis.database import Database
from chassis.settings import ServiceSettings
from metrics.idle import commands
from metrics.settings import MetricsSettings

_EVERY_SECONDS = 600.0
_log = structlog.get_logger(__name__)


async def run(database: Database, settings: ServiceSettings) -> None:
    """Look once a day, for ever. What a stop cut short is told the next day."""
    assert isinstance(settings, MetricsSettings)
    while True:
        count = await commands.look(database, after_days=settings.grant_idle_days)
        if count:
            _log.info("grants are idle", count=count)
        await asyncio.sleep(_EVERY_SECONDS)
