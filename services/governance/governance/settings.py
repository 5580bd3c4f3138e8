"""What governance is told from outside beside what every service is."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import ServiceSettings


class GovernanceSettings(ServiceSettings):
    """The settings of governance."""

    webhooks_to_private_addresses: bool = Field(
        False, description="true or false: whether webhooks may lead to addresses that are not on the public internet"
    )
