"""How long before its end access is extended, and how long it is handed over, as the service is told (G18, C5b)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import ValidationError

from governance.access.domain import Grant, NotYetExtendable
from governance.access.events import Reason
from governance.scope.domain import DataClass, UsageContext
from governance.settings import GovernanceSettings

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def a_grant(*against: Reason) -> Grant:
    return Grant(
        UUID(int=1), UUID(int=2), "E0011", UUID(int=3), DataClass.CLIENT, UsageContext.CLIENT_WORK, None, NOW,
        NOW + 60 * DAY, frozenset(against), None, None, 1,
    )  # fmt: skip


@pytest.mark.parametrize("days", [1, 10, 30])
def test_access_is_extended_in_the_days_before_its_end_and_not_sooner_G18(days: int) -> None:
    opens = NOW + (60 - days) * DAY
    a_grant().must_be_extendable(NOW + 90 * DAY, days * DAY, opens)
    with pytest.raises(NotYetExtendable, match=f"in the {days} days before"):
        a_grant().must_be_extendable(NOW + 90 * DAY, days * DAY, opens - timedelta(seconds=1))


def test_a_handover_lasts_as_long_as_it_is_told_C5b() -> None:
    began = a_grant(Reason.OUT_OF_SCOPE).hand_over(NOW + 3 * DAY)
    assert began is not None
    assert began.after.handover_until == NOW + 3 * DAY
    assert a_grant().hand_over(NOW + 3 * DAY) is None


def test_the_windows_are_settings_with_defaults_that_the_readme_tells_G18_C5b() -> None:
    told = GovernanceSettings(database_url="postgresql://unused")
    assert (told.extendable_for, told.handover) == (30 * DAY, 14 * DAY)
    for name in ("access_extendable_days", "access_handover_days"):
        with pytest.raises(ValidationError):
            GovernanceSettings.model_validate({"database_url": "postgresql://unused", name: 0})
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert "| `ACCESS_EXTENDABLE_DAYS` | `30` |" in readme
    assert "| `ACCESS_HANDOVER_DAYS` | `14` |" in readme
