"""What governance is told from outside beside what every service is."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from chassis.database import Transaction
from chassis.settings import ServiceSettings


class GovernanceSettings(ServiceSettings):
    """The settings of governance."""

    webhooks_to_private_addresses: bool = Field(
        False, description="true or false: whether webhooks may lead to addresses that are not on the public internet"
    )
    access_extendable_days: int = Field(
        30, ge=1, le=365, description="1 to 365: in how many days before its end access may be extended"
    )
    access_handover_days: int = Field(
        14, ge=1, le=365, description="1 to 365: days of handover until access outside a new department ends"
    )

    @property
    def extendable_for(self) -> timedelta:
        """How long before its end access may be extended."""
        return timedelta(days=self.access_extendable_days)

    @property
    def handover(self) -> timedelta:
        """How long a handover after a transfer lasts."""
        return timedelta(days=self.access_handover_days)


# Of a tool that opens the database by itself, and is told nothing.
_DEFAULTS = GovernanceSettings.model_construct()


def settings_of(tx: Transaction) -> GovernanceSettings:
    """What the service was started with."""
    return tx.settings if isinstance(tx.settings, GovernanceSettings) else _DEFAULTS
