"""The proof, read from each service's own tables: committed = delivered = handled, once, in order, and nothing besides."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from asyncpg import Record

from chassis import relay
from chassis.database import Database
from tests.chaos import projections
from tests.chaos.bus import SOURCE
from tests.chaos.ledger import Ledger
from tests.chaos.settle import listens_to

_EXAMPLES = 5


class Checker:
    """Compares all services' tables with one another and with the ledger."""

    def __init__(self, databases: dict[str, Database], ledger: Ledger) -> None:
        self._databases = databases
        self._ledger = ledger
        self.violations: list[str] = list(ledger.contradictions)
        self._events: dict[str, list[Record]] = {}

    async def check(self) -> list[str]:
        """Every invariant; returns the violations in words."""
        for name in self._databases:
            self._events[name] = await self._rows(name, "SELECT * FROM events ORDER BY seq")
        for name in self._databases:
            await self._producer(name)
            await self._consumer(name)
            await self._commands(name)
        self.violations += await projections.check(self._databases, self._events, self._ledger)
        return self.violations

    async def _rows(self, name: str, query: str, *arguments: Any) -> list[Record]:
        async with self._databases[name].read() as connection:
            return await connection.fetch(query, *arguments)

    def _says(self, where: str, what: str, examples: list[Any]) -> None:
        if examples:
            shown = "; ".join(str(one) for one in examples[:_EXAMPLES])
            self.violations.append(f"{where}: {what} ({len(examples)}): {shown}")

    async def _producer(self, name: str) -> None:
        """Versions follow one another, all is published, sealed once each, and the chain holds."""
        events = self._events[name]
        last: dict[str, int] = defaultdict(int)
        jumps, keys = [], defaultdict(set)
        for row in events:
            if row["sequence"] != last[row["subject"]] + 1:
                jumps.append((row["subject"], last[row["subject"]], row["sequence"], row["type"]))
            last[row["subject"]] = row["sequence"]
            keys[row["subject"]].add(row["key"])
        self._says(name, "versions of an aggregate are not 1, 2, 3", jumps)
        self._says(name, "an aggregate's events have several keys", [(s, k) for s, k in keys.items() if len(k) > 1])
        self._says(name, "still in the outbox", await self._rows(name, "SELECT seq FROM outbox ORDER BY seq"))
        sealed = await self._rows(name, "SELECT position, seq FROM sealed ORDER BY position")
        refused = {row["seq"] for row in await self._rows(name, "SELECT seq FROM unpublishable")}
        self._says(name, "refused by the broker", sorted(refused))
        gaps = [row["position"] for n, row in enumerate(sealed, 1) if row["position"] != n]
        self._says(name, "positions have gaps", gaps)
        times = Counter(row["seq"] for row in sealed)
        self._says(name, "sealed more than once", [seq for seq, n in times.items() if n > 1])
        committed = {row["seq"] for row in events} - refused
        self._says(name, "committed but not sealed", sorted(committed - times.keys()))
        self._says(name, "sealed but not committed", sorted(times.keys() - committed))
        checked, broken = await relay.verify(self._databases[name])
        if broken is not None or checked != len(sealed):
            self.violations.append(f"{name}: the hash chain breaks at {broken}; {checked} of {len(sealed)} fit")

    async def _consumer(self, name: str) -> None:
        """What was committed and told is in the inbox, nothing else is, and all of it was handled."""
        expected = self._expected(name)
        inbox = {(row["source"], row["id"]) for row in await self._rows(name, "SELECT source, id FROM inbox")}
        self._says(name, "never came", [(key, expected[key][0]) for key in expected.keys() - inbox])
        poison = {one.event_id for one in self._ledger.poison if name in one.services}
        strange = [key for key in inbox - expected.keys() if key[1] not in poison]
        self._says(name, "came from nowhere", strange)
        versions: dict[tuple[str, str], int] = {}
        for (source, _), (_, subject, sequence) in expected.items():
            if sequence is not None:
                versions[source, subject] = max(sequence, versions.get((source, subject), 0))
        rows = await self._rows(name, "SELECT source, subject, version FROM inbox_versions")
        known = {(row["source"], row["subject"]): row["version"] for row in rows}
        wrong = [(key, known.get(key), versions.get(key)) for key in known.keys() | versions.keys()
                 if known.get(key) != versions.get(key)]  # fmt: skip
        self._says(name, "last version taken is not the producer's", wrong)
        await self._letters(name, inbox)

    async def _letters(self, name: str, inbox: set[tuple[str, str]]) -> None:
        """Nothing waits but poison, and each poison waits with its reason."""
        letters = await self._rows(
            name, "SELECT state, source, event_id, type, subject, sequence, error, message FROM dead_letters"
        )
        poison = {one.event_id: one for one in self._ledger.poison if name in one.services}
        waiting = [tuple(row) for row in letters if row["state"] in {"parked", "queued", "held"}
                   and row["event_id"] not in poison]  # fmt: skip
        self._says(name, "waits among the dead letters", waiting)
        parked = [row for row in letters if row["state"] == "parked" and row["event_id"] in poison]
        for one in poison.values():
            found = [row for row in parked if row["event_id"] == one.event_id and row["error"] == one.error
                     and one.said in row["message"]]  # fmt: skip
            wanted = sum(each.event_id == "" and name in each.services for each in self._ledger.poison)
            if (one.event_id and len(found) != 1) or (not one.event_id and len(found) < wanted):
                seen = [tuple(row) for row in letters if row["event_id"] == one.event_id]
                self.violations.append(f"{name}: {one} is parked {len(found)} times; its letters: {seen}")
        times = Counter((row["source"], row["event_id"]) for row in letters if row["event_id"])
        self._says(name, "has several dead letters", [(key, n) for key, n in times.items() if n > 1])
        self._says(name, "has a letter but was not taken", [key for key in times if key not in inbox])

    def _expected(self, name: str) -> dict[tuple[str, str], tuple[str, str, int | None]]:
        """All that must be in a service's inbox: (source, id) -> (type, subject, sequence)."""
        owners = listens_to(name)
        found: dict[tuple[str, str], tuple[str, str, int | None]] = {
            (f"/opmodel/{owner}", str(row["id"])): (row["type"], row["subject"], row["sequence"])
            for owner, rows in self._events.items()
            if owner in owners
            for row in rows
        }
        for told in self._ledger.told.values():
            if told.type.partition(".")[0] in owners:
                found[told.source, told.id] = (told.type, told.subject, None)
        for rumour in self._ledger.rumours.values():
            if "governance" in owners:
                found[SOURCE, rumour.id] = (rumour.type, rumour.subject, rumour.sequence)
        return found

    async def _commands(self, name: str) -> None:
        """What was acknowledged happened once; what was not, once or never."""
        keys = {
            (row["caller"], row["operation"], row["key"]): row["result_id"]
            for row in await self._rows(name, "SELECT caller, operation, key, result_id FROM idempotency_keys")
        }
        happened = Counter(
            (row["type"], row["actor_id"])
            + ((row["subject"],) if row["type"] != "training.training-completed.v1" else ())
            for row in self._events[name]
        )
        for command, id in self._ledger.acknowledged.items():
            if command.service != name:
                continue
            kept = keys.get((command.caller, command.operation, command.key))
            if kept != id:
                self.violations.append(
                    f"{name}: {command.operation} {command.key} was acknowledged as {id}, kept {kept}"
                )
            event = f"{name}.{command.event}.v1"
            if command.event != "training-completed" and happened[event, command.caller, id] < 1:
                self.violations.append(f"{name}: {command.operation} {command.key} of {id} left no {event}")
        self._says(name, "a hasty command happened twice", self._twice(name))
        unknown = [command for command in self._ledger.unknown if command.service == name]
        half = [
            command.key
            for command in unknown
            if command.operation == "proposeTool"
            and (command.caller, command.operation, command.key) not in keys
            and self._proposed(command.input["code"])
        ]
        self._says(name, "an unanswered command happened without its key", half)

    def _twice(self, name: str) -> list[tuple[str, int]]:
        codes = Counter(self._code(row) for row in self._events[name] if row["type"] == "governance.tool-proposed.v1")
        return [(code, n) for code, n in codes.items() if n > 1]

    def _proposed(self, code: str) -> bool:
        return any(
            self._code(row) == code
            for row in self._events["governance"]
            if row["type"] == "governance.tool-proposed.v1"
        )

    @staticmethod
    def _code(row: Record) -> str:
        return str(projections.data_of(row)["code"])
