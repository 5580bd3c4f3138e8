"""Pages of people, narrowed and counted in SQL, whatever the number of people.

Who comes into question is found by an index first - who was ever in the department, who has a leave that goes on - and
only for those is looked up how they stand today.
"""

from __future__ import annotations

from typing import Any

from chassis.database import Connection
from chassis.directory.domain import Person
from chassis.directory.repository import AS_OF, moment, person_from
from chassis.pages import counted

# Within so many people a word that one in a hundred has is found often enough to fill a page.
_NEAR = 2_000
# An index on this expression finds the words of a name; services that let people search names have one.
_WORDS = "array_to_tsvector(array_remove(string_to_array(lower({0}.name), ' '), ''))"
_BEGINS = """
    ' ' || lower({0}.name)
        LIKE '% ' || replace(replace(replace(lower({1}), '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'
"""
_QUERY = """(
    SELECT string_agg(
        '''' || replace(replace(word, '\\', '\\\\'), '''', '''''') || CASE WHEN n = of THEN ''':*' ELSE '''' END, ' & '
    )
    FROM (
        SELECT word, n, max(n) OVER () AS of
        FROM unnest(array_remove(string_to_array(lower({0}), ' '), '')) WITH ORDINALITY AS given (word, n)
    ) AS words
)::tsquery"""
_STANDS = {
    "terminated": "SELECT employee_id FROM employments WHERE ends_at <= $2",
    "on_leave": "SELECT employee_id FROM leaves WHERE from_date <= $1 AND coalesce(to_date, 'infinity') > $1",
    "pending": "SELECT employee_id FROM employments WHERE from_date > $1 UNION ALL SELECT id FROM employees AS unhired"
    " WHERE NOT EXISTS (SELECT FROM employments p WHERE p.employee_id = unhired.id)",
}


async def listing(
    connection: Connection,
    *,
    department_id: str | None = None,
    team_id: str | None = None,
    search: str | None = None,
    status: str | None = None,
    after: str | None = None,
    limit: int = 20,
) -> list[Person]:
    """A page of people in order of id; `search` finds the beginning of a name's words."""
    search = (search or "").strip() or None
    if search and not (department_id or team_id or status):
        found = await _people(connection, _Chosen(connection).near(search, after, limit), limit)
        if len(found) == limit:
            return found
    chosen = _Chosen(connection).narrowed(department_id, team_id, search, status).after(after)
    return await _people(connection, chosen, limit)


async def count(
    connection: Connection,
    *,
    department_id: str | None = None,
    team_id: str | None = None,
    search: str | None = None,
    status: str | None = None,
) -> int | None:
    """How many people `listing` would find in all; None for more than 10,000, which are not counted."""
    chosen = _Chosen(connection).narrowed(department_id, team_id, (search or "").strip() or None, status)
    return await counted(connection, f"SELECT {chosen.sql}", *chosen.values)


async def _people(connection: Connection, chosen: _Chosen, limit: int) -> list[Person]:
    rows = await connection.fetch(f"SELECT * {chosen.sql} ORDER BY id LIMIT {limit:d}", *chosen.values)
    return [person_from(row) for row in rows]


class _Chosen:
    """Conditions on who comes into question, on how people stand, and the values of both."""

    def __init__(self, connection: Connection) -> None:
        self.values: list[Any] = [*moment(connection)]
        self._candidates: list[str] = []
        self._exact: list[str] = []

    @property
    def sql(self) -> str:
        """The rows, from FROM on."""
        candidates = f"WHERE {' AND '.join(self._candidates)}" if self._candidates else ""
        exact = f"WHERE {' AND '.join(self._exact)}" if self._exact else ""
        return f"FROM ({AS_OF} {candidates}) AS known {exact}"

    def narrowed(
        self, department_id: str | None, team_id: str | None, search: str | None, status: str | None
    ) -> _Chosen:
        """Only people of a department, of a team, with a word in their name, of a status."""
        for column, id in (("department_id", department_id), ("team_id", team_id)):
            if id is not None:
                place = self._place(id)
                self._candidates.append(f"e.id IN (SELECT employee_id FROM memberships WHERE {column} = {place})")
                self._exact.append(f"{column} = {place}")
        if search is not None:
            place = self._place(search)
            self._candidates.append(
                f"e.id IN (SELECT named.id FROM employees AS named WHERE {_WORDS.format('named')} @@ {_QUERY.format(place)}"
                f" AND {_BEGINS.format('named', place)})"
            )
        if status is not None:
            if status in _STANDS:
                self._candidates.append(f"e.id IN ({_STANDS[status]})")
            self._exact.append(f"status = {self._place(str(status))}")
        return self

    def near(self, search: str, after: str | None, limit: int) -> _Chosen:
        """Those with a word in their name among the next people."""
        place, beginning = self._place(search), self._place(after or "")
        self._candidates.append(
            f"e.id = ANY(ARRAY(SELECT id FROM (SELECT id, name FROM employees WHERE id > {beginning} ORDER BY id LIMIT {_NEAR})"
            f" AS next WHERE {_BEGINS.format('next', place)} ORDER BY id LIMIT {limit:d}))"
        )
        return self

    def after(self, after: str | None) -> _Chosen:
        """Only people after this id."""
        if after is not None:
            self._candidates.append(f"e.id > {self._place(after)}")
        return self

    def _place(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}::text"
