"""What metrics is told from outside beside what every service is."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import ServiceSettings


class MetricsSettings(ServiceSettings):
    """The settings of metrics."""

    grant_idle_days: int = Field(
        30, ge=1, le=3650, description="days without use after which a grant is told to be idle, 1 to 3650"
    )
