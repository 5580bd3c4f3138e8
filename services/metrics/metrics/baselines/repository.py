"""The tables `studies`, `study_pauses`, `baselines` and `comparisons`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from metrics.baselines.domain import Baseline, BaselineState, Comparison, ComparisonCompleted, Kpi, Study
from metrics.work_items.domain import WorkMetric

_COLUMNS = """
    id, pilot_id, process_id, metric, state, from_time, to_time, sample, median, p85, content_hash, void_reason, version
"""


def _baseline(row: asyncpg.Record) -> Baseline:
    kept = row["sample"]
    read = {"metric": WorkMetric(row["metric"]), "state": BaselineState(row["state"])}
    return Baseline(**{**dict(row), **read, "sample": None if kept is None else tuple(kept)})


async def add_study(tx: Transaction, study: Study) -> bool:
    """Keep a pilot; False when it is known already."""
    done = await tx.execute(
        """
        INSERT INTO studies (pilot_id, process_id, process_code, employee_ids, kpis, planned_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
        """,
        study.pilot_id, study.process_id, study.process_code, study.employee_ids, msgspec.to_builtins(study.kpis),
        study.planned_at,
    )  # fmt: skip
    return done == "INSERT 0 1"


async def study(connection: Connection, pilot_id: UUID) -> Study | None:
    """A pilot, if process told of it."""
    row = await connection.fetchrow(
        "SELECT pilot_id, process_id, process_code, employee_ids, kpis, planned_at FROM studies WHERE pilot_id = $1",
        pilot_id,
    )
    if row is None:
        return None
    kpis = msgspec.convert(row["kpis"], tuple[Kpi, ...])
    return Study(**{**dict(row), "employee_ids": tuple(row["employee_ids"]), "kpis": kpis})


async def pause(tx: Transaction, pilot_id: UUID, at: datetime) -> None:
    """Work does not count from then on."""
    await tx.execute(
        "INSERT INTO study_pauses (pilot_id, from_time) VALUES ($1, $2) ON CONFLICT DO NOTHING", pilot_id, at
    )


async def resume(tx: Transaction, pilot_id: UUID, at: datetime) -> None:
    """Work counts again."""
    await tx.execute("UPDATE study_pauses SET to_time = $2 WHERE pilot_id = $1 AND to_time IS NULL", pilot_id, at)


async def pauses(connection: Connection, pilot_id: UUID) -> list[tuple[datetime, datetime | None]]:
    """When a pilot stood still."""
    rows = await connection.fetch("SELECT from_time, to_time FROM study_pauses WHERE pilot_id = $1", pilot_id)
    return [(row["from_time"], row["to_time"]) for row in rows]


async def get(connection: Connection, baseline_id: UUID) -> Baseline | None:
    """The baseline, or None."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM baselines WHERE id = $1", baseline_id)
    return _baseline(row) if row else None


async def get_for_update(tx: Transaction, pilot_id: UUID, metric: WorkMetric) -> Baseline:
    """The baseline of a pilot's metric, locked. Raises NotFound."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM baselines WHERE pilot_id = $1 AND metric = $2 FOR UPDATE", pilot_id, metric
    )
    if row is None:
        raise NotFound(what=f"baseline of {metric.value} for pilot", id=str(pilot_id))
    return _baseline(row)


async def of_pilots(connection: Connection, pilot_ids: Collection[UUID]) -> dict[UUID, list[Baseline]]:
    """The baselines of pilots, three at most each."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM baselines WHERE pilot_id = ANY($1) ORDER BY metric", list(pilot_ids)
    )
    found: dict[UUID, list[Baseline]] = {id: [] for id in pilot_ids}
    for row in rows:
        found[row["pilot_id"]].append(_baseline(row))
    return found


async def save(tx: Transaction, changes: Sequence[Change[Baseline]]) -> None:
    """Write baselines and their events."""
    await tx.executemany(
        f"""
        INSERT INTO baselines ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (id) DO UPDATE SET state = $5, to_time = $7, sample = $8, median = $9, p85 = $10,
            content_hash = $11, void_reason = $12, version = $13
        """,
        [
            (one.id, one.pilot_id, one.process_id, one.metric, one.state, one.from_time, one.to_time, one.sample,
             one.median, one.p85, one.content_hash, one.void_reason, one.version)
            for one in (change.after for change in changes)
        ],
    )  # fmt: skip
    await outbox.record_many(tx, changes)


async def add_comparison(tx: Transaction, change: Change[Comparison]) -> None:
    """Keep a comparison and its event."""
    one = change.after
    await tx.execute(
        "INSERT INTO comparisons (id, pilot_id, compared_at, result, version) VALUES ($1, $2, $3, $4, $5)",
        one.id, one.result.pilot_id, one.compared_at, msgspec.to_builtins(one.result), one.version,
    )  # fmt: skip
    await outbox.record(tx, change)


async def comparisons_of(connection: Connection, pilot_ids: Collection[UUID]) -> dict[UUID, Comparison]:
    """The latest comparison of each pilot."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (pilot_id) id, pilot_id, compared_at, result, version FROM comparisons
        WHERE pilot_id = ANY($1) ORDER BY pilot_id, id DESC
        """,
        list(pilot_ids),
    )
    return {
        row["pilot_id"]: Comparison(
            row["id"], row["compared_at"], msgspec.convert(row["result"], ComparisonCompleted), row["version"]
        )
        for row in rows
    }
