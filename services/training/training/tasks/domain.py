"""Who does what incidents ask of this pillar (C9); what a task is says `chassis.tasks`."""

from chassis.tasks.domain import Officers

OFFICERS = Officers(frozenset({"ai_steward", "curriculum_owner"}), "an AI steward or a curriculum owner")
