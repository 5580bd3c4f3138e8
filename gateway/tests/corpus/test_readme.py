"""The corpus's README names a graph and its queries for every case, and they exist; no query is left out."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent


def test_every_query_has_its_case_and_every_case_its_query() -> None:
    rows = [line for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith("| ")][1:]
    named = {name for row in rows for name in re.findall(r"`([a-z_]+/[a-z_]+)`", row)}
    queries = {f"{path.parts[-3]}/{path.stem}" for path in FOLDER.glob("graphs/*/queries/*.graphql")}
    assert named - queries == set(), "the README names queries that are not there"
    assert queries - named == set(), "the README does not say what these queries are for"
    cases = rows[rows.index(next(row for row in rows if row.startswith("| case |"))) + 2 :]
    assert all(re.search(r"`[a-z_]+/[a-z_]+`|`test_[a-z_]+\.py`", row) for row in cases), "a case has no query"
