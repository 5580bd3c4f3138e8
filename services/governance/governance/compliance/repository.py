"""The register, and the events that are evidence, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import cache
from pathlib import Path

import msgspec

from chassis.database import Connection, Transaction
from governance.compliance.domain import Evidence, Framework, Fulfilment, Requirement, findings, fulfilment

_EACH = 10


@cache
def frameworks() -> tuple[Framework, ...]:
    """The register: one file for each framework, by code."""
    files = sorted((Path(__file__).parent / "frameworks").glob("*.json"))
    return tuple(msgspec.json.decode(file.read_bytes(), type=Framework) for file in files)


async def keep(tx: Transaction, evidence: Evidence) -> None:
    """Keep that something happened in another service."""
    await tx.execute(
        "INSERT INTO outside_evidence (event_id, event, subject, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        evidence.event_id, evidence.event, evidence.subject, evidence.at,
    )  # fmt: skip


async def latest(connection: Connection, kinds: Collection[str]) -> dict[str, tuple[Evidence, ...]]:
    """The latest ten events of each kind, ours and others', the latest first."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for row in await connection.fetch(
        """
        SELECT known.* FROM unnest($1::text[]) AS wanted (event) CROSS JOIN LATERAL (
            (SELECT id::text AS event_id, type AS event, subject, time AS at FROM events
             WHERE type = wanted.event ORDER BY seq DESC LIMIT $2)
            UNION ALL
            (SELECT event_id, event, subject, at FROM outside_evidence
             WHERE event = wanted.event ORDER BY at DESC LIMIT $2)
        ) AS known ORDER BY known.at DESC
        """,
        sorted(set(kinds)), _EACH,
    ):  # fmt: skip
        found[row["event"]].append(Evidence(**row))
    return {kind: tuple(events) for kind, events in found.items()}


async def gaps(connection: Connection) -> list[tuple[Framework, Requirement]]:
    """The requirements of the register that are not fulfilled today."""
    asked = [(framework, requirement) for framework in frameworks() for requirement in framework.requirements]
    known = await latest(connection, {each.event for _, requirement in asked for each in requirement.expects})
    return [
        (framework, requirement)
        for framework, requirement in asked
        if fulfilment(findings(requirement, known, connection.now)) is not Fulfilment.FULFILLED
    ]
