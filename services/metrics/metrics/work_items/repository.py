"""The table `work_items`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chassis.database import Connection, Transaction
from metrics.work_items.domain import Path, WorkItem

_COLUMNS = """
    number, process, opened_at, started_at, completed_at, touched_minutes, path, reworked, reopened, sla_met, team_id,
    employee_id
"""


async def save(tx: Transaction, item: WorkItem, stated_at: datetime) -> None:
    """Keep a unit in place of what was told of it earlier; what was told later already stays."""
    await tx.execute(
        f"""
        INSERT INTO work_items ({_COLUMNS}, stated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (number) DO UPDATE SET process = $2, opened_at = $3, started_at = $4, completed_at = $5,
            touched_minutes = $6, path = $7, reworked = $8, reopened = $9, sla_met = $10, team_id = $11,
            employee_id = $12, stated_at = $13
        WHERE work_items.stated_at <= excluded.stated_at
        """,
        item.number, item.process, item.opened_at, item.started_at, item.completed_at, item.touched_minutes, item.path,
        item.reworked, item.reopened, item.sla_met, item.team_id, item.employee_id, stated_at,
    )  # fmt: skip


async def completed_by(
    connection: Connection,
    processes: Sequence[str],
    employee_ids: Sequence[str],
    from_time: datetime,
    to_time: datetime,
) -> list[WorkItem]:
    """What these people completed of a process from a time to before another, in order of completion."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM work_items
        WHERE process = ANY($1) AND completed_at >= $3 AND completed_at < $4 AND employee_id = ANY($2)
        ORDER BY completed_at, number
        """,
        processes, employee_ids, from_time, to_time,
    )  # fmt: skip
    return [WorkItem(**{**dict(row), "path": Path(row["path"])}) for row in rows]
