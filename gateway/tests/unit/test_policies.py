"""Policies as conditions over claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.policies import Policies, PoliciesBroken

RULES = Policies.from_text("""
open = {not = {employment = "external"}}
senior = {level = [5, 6], active = true}
nested = {"realm.roles" = "lead"}
either = {any = [{roles = "a"}, {roles = "b", team = "x"}], not = {blocked = true}}
both = {all = [{roles = "a"}, {roles = "b"}]}
scoped = {scope = "read"}
""")


@pytest.mark.parametrize(
    ("name", "claims", "holds"),
    [
        ("open", {}, True),
        ("open", {"employment": "external"}, False),
        ("senior", {"level": 5, "active": True}, True),
        ("senior", {"level": 5, "active": 1}, False),
        ("senior", {"level": "5", "active": True}, False),
        ("senior", {"level": True, "active": True}, False),
        ("nested", {"realm": {"roles": ["lead"]}}, True),
        ("nested", {"realm": "lead"}, False),
        ("nested", {"realm.roles": "lead"}, False),
        ("either", {"roles": ["a"]}, True),
        ("either", {"roles": ["b"]}, False),
        ("either", {"roles": ["b"], "team": "x"}, True),
        ("either", {"roles": ["a"], "blocked": True}, False),
        ("both", {"roles": ["a", "b"]}, True),
        ("both", {"roles": ["a"]}, False),
        ("scoped", {"scope": "write read"}, True),
        ("scoped", {"scope": "readers"}, False),
        ("unknown", {"roles": ["a"]}, False),
    ],
)
def test_a_policy(name: str, claims: dict[str, Any], holds: bool) -> None:
    assert RULES.holds(name, claims) is holds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a", "are broken: "),
        ("[a]", r"\[a\] must be a table with at least one condition"),
        ("a = 1", r"\[a\] must be a table"),
        ("a = {roles = []}", r"\[a\] roles must be"),
        ("a = {roles = 1.5}", r"\[a\] roles must be"),
        ("a = {any = {roles = 1}}", r"\[a\] any must be a list of tables"),
        ("a = {not = []}", r"\[a.not\] must be a table"),
        ("a = " + "{not = " * 12 + "{x = 1}" + "}" * 12, "more than 10 times"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "policies.toml"
    file.write_text(text)
    with pytest.raises(PoliciesBroken, match=told) as raised:
        Policies.read(file)
    assert str(file) in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PoliciesBroken, match="cannot be read"):
        Policies.read(tmp_path / "nothing.toml")
