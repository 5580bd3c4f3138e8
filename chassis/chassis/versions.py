"""The version gate: what was last taken of each aggregate elsewhere, and which of them wait among the dead letters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from chassis.database import Transaction
from chassis.events import Envelope

_COLUMNS = ("source", "subject", "version")

Key = tuple[str, str]
"""(source, subject) of an aggregate."""


@dataclass(slots=True)
class Known:
    """What the database knows of the aggregates in a batch, and what the batch has added."""

    versions: dict[Key, int] = field(default_factory=dict)
    blocked: set[Key] = field(default_factory=set)
    held: set[Key] = field(default_factory=set)
    raised: dict[Key, int] = field(default_factory=dict)
    begun: dict[Key, int] = field(default_factory=dict)

    def applied(self, key: Key, version: int) -> None:
        """This version of the aggregate took effect."""
        changed = self.begun if key in self.begun or key not in self.versions else self.raised
        self.versions[key] = changed[key] = version

    def absorb(self, key: Key, later: Known) -> None:
        """Take over what is known of one aggregate now."""
        self.raised.pop(key, None)
        self.begun.pop(key, None)
        self.versions.update(later.versions)
        for mine, theirs in ((self.blocked, later.blocked), (self.held, later.held)):
            mine.discard(key)
            mine.update(theirs)


def gated(envelope: Envelope) -> bool:
    """Only our own services number their events without gaps; what comes from outside orders itself by its content."""
    return envelope.sequence is not None and envelope.source.startswith("/opmodel/")


async def known(tx: Transaction, keys: Collection[Key]) -> Known:
    """Read what is known of these aggregates, in one statement. Call it after the claim, which waits for other takers."""
    rows = await tx.fetch(
        """
        SELECT source, subject, version, NULL AS blocked FROM inbox_versions
        JOIN unnest($1::text[], $2::text[]) AS k (source, subject) USING (source, subject)
        UNION ALL
        SELECT source, subject, NULL, bool_or(state = 'parked') FROM dead_letters
        JOIN unnest($1::text[], $2::text[]) AS k (source, subject) USING (source, subject)
        WHERE state IN ('parked', 'queued', 'held') GROUP BY source, subject
        """,
        [source for source, _ in keys], [subject for _, subject in keys],
    )  # fmt: skip
    found = Known()
    for source, subject, version, blocked in rows:
        if version is not None:
            found.versions[source, subject] = version
        else:
            (found.blocked if blocked else found.held).add((source, subject))
    return found


async def raise_to(
    tx: Transaction, versions: Mapping[Key, int], *, new: Mapping[Key, int] = MappingProxyType({})
) -> None:
    """Keep the versions that took effect; none goes back. Those of `new` aggregates are most likely the first ones kept."""
    if not await tx.copy_new("inbox_versions", _COLUMNS, [(*key, version) for key, version in sorted(new.items())]):
        versions = {**versions, **new}
    if not versions:
        return
    rows = sorted(versions.items())
    await tx.execute(
        """
        INSERT INTO inbox_versions (source, subject, version) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
        ON CONFLICT (source, subject) DO UPDATE SET version = greatest(inbox_versions.version, excluded.version)
        """,
        [source for (source, _), _ in rows], [subject for (_, subject), _ in rows], [version for _, version in rows],
    )  # fmt: skip
