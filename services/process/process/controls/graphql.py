"""Steps and controls in the graph, read and written."""

from __future__ import annotations

from uuid import UUID

import strawberry

from chassis.graphql import uuid_of
from process.controls import domain
from process.controls.domain import Actor, AiRole, Content, Control, Method
from process.processes.domain import DataClass
from process.vocabulary import graphql as _described  # noqa: F401 - describes the enumerations used here


@strawberry.type(description="Where work passes between people and AI, at the step that the AI does.")
class Handoff:
    step: int = strawberry.field(description="The number of the step.")
    from_: Actor = strawberry.field(name="from", description="Who hands over.")
    to: Actor = strawberry.field(description="Who takes over.")
    trigger: str = strawberry.field(description="When.")
    acceptance_rule: str | None = strawberry.field(description="When the taker accepts.")
    artefact: str | None = strawberry.field(description="What is handed over.")


@strawberry.type(description="Who verifies the output of a step, how, how much of it, and when it passes.")
class QualityGate:
    step: int = strawberry.field(description="The number of the step.")
    verifier_role: str = strawberry.field(description="Who verifies.")
    method: Method = strawberry.field(description="How.")
    sampling_rate: float = strawberry.field(description="The share that is verified, more than 0 and at most 1.")
    checklist: list[str] = strawberry.field(description="The questions to work through.")
    pass_rule: str = strawberry.field(description="When output passes.")


@strawberry.type(description="Who is asked next, and within which time they answer.")
class EscalationLevel:
    role: str = strawberry.field(description="Who.")
    within_minutes: int = strawberry.field(description="How soon they answer before the next level is asked.")


@strawberry.type(description="Who is called when a step goes wrong.")
class EscalationPath:
    step: int = strawberry.field(description="The number of the step.")
    trigger: str = strawberry.field(description="When.")
    levels: list[EscalationLevel] = strawberry.field(description="One after the other.")


@strawberry.type(
    description="The controls that a step done by AI lacks; until they are there the version is not effective."
)
class SopGap:
    step: int = strawberry.field(description="The number of the step.")
    title: str = strawberry.field(description="What is done in it.")
    lacks: list[Control] = strawberry.field(description="What is missing.")
    message: str = strawberry.field(description="The same in words.")


def handoffs_of(content: Content) -> list[Handoff]:
    """The handoffs as the graph shows them."""
    return [
        Handoff(
            step=handoff.step,
            from_=handoff.giver,
            to=handoff.taker,
            trigger=handoff.trigger,
            acceptance_rule=handoff.acceptance_rule,
            artefact=handoff.artefact,
        )
        for handoff in content.handoffs
    ]


def gates_of(content: Content) -> list[QualityGate]:
    """The quality gates as the graph shows them."""
    return [
        QualityGate(
            step=gate.step,
            verifier_role=gate.verifier_role,
            method=gate.method,
            sampling_rate=gate.sampling_rate,
            checklist=list(gate.checklist),
            pass_rule=gate.pass_rule,
        )
        for gate in content.quality_gates
    ]


def paths_of(content: Content) -> list[EscalationPath]:
    """The escalation paths as the graph shows them."""
    return [
        EscalationPath(
            step=path.step,
            trigger=path.trigger,
            levels=[EscalationLevel(role=level.role, within_minutes=level.within_minutes) for level in path.levels],
        )
        for path in content.escalation_paths
    ]


def gaps_of(content: Content) -> list[SopGap]:
    """What is missing, as the graph shows it."""
    return [SopGap(step=gap.step, title=gap.title, lacks=list(gap.lacks), message=str(gap)) for gap in content.gaps()]


@strawberry.input(description="One thing that is done.")
class SopStepInput:
    n: int = strawberry.field(description="Its number: 1, 2, 3 and so on.")
    title: str = strawberry.field(description="What is done.")
    actor: Actor = strawberry.field(description="Who does it.")
    role: str | None = strawberry.field(default=None, description="The role of the person who does it.")
    ai_role: AiRole | None = strawberry.field(default=None, description="What the AI does; needed before submission.")
    tool_id: strawberry.ID | None = strawberry.field(default=None, description="The AI tool; needed before submission.")
    data_class: DataClass | None = strawberry.field(
        default=None, description="How sensitive the data is; needed before submission for steps done by AI."
    )
    control: bool = strawberry.field(default=False, description="Whether teams may not change the step.")

    def read(self) -> domain.Step:
        """The step as the domain knows it."""
        tool_id: UUID | None = uuid_of(self.tool_id, "tool") if self.tool_id else None
        return domain.Step(
            self.n, self.title, self.actor, self.role, self.ai_role, tool_id, self.data_class, self.control
        )


@strawberry.input(description="Where work passes between people and AI, at the step that the AI does.")
class HandoffInput:
    step: int = strawberry.field(description="The number of the step.")
    from_: Actor = strawberry.field(name="from", description="Who hands over.")
    to: Actor = strawberry.field(description="Who takes over.")
    trigger: str = strawberry.field(description="When.")
    acceptance_rule: str | None = strawberry.field(
        default=None, description="When the taker accepts; needed where the AI hands back."
    )
    artefact: str | None = strawberry.field(default=None, description="What is handed over.")

    def read(self) -> domain.Handoff:
        """The handoff as the domain knows it."""
        return domain.Handoff(self.step, self.from_, self.to, self.trigger, self.acceptance_rule, self.artefact)


@strawberry.input(description="Who verifies the output of a step, how, how much of it, and when it passes.")
class QualityGateInput:
    step: int = strawberry.field(description="The number of the step.")
    verifier_role: str = strawberry.field(description="Who verifies.")
    method: Method = strawberry.field(description="How.")
    sampling_rate: float = strawberry.field(default=1.0, description="The share verified, above 0 and at most 1.")
    checklist: list[str] = strawberry.field(default_factory=list, description="The questions to work through.")
    pass_rule: str = strawberry.field(description="When output passes.")

    def read(self) -> domain.QualityGate:
        """The gate as the domain knows it."""
        return domain.QualityGate(
            self.step, self.verifier_role, self.method, self.sampling_rate, self.pass_rule, tuple(self.checklist)
        )


@strawberry.input(description="Who is asked next, and within which time they answer.")
class EscalationLevelInput:
    role: str = strawberry.field(description="Who.")
    within_minutes: int = strawberry.field(description="How soon they answer before the next level is asked.")


@strawberry.input(description="Who is called when a step goes wrong, one level after the other.")
class EscalationPathInput:
    step: int = strawberry.field(description="The number of the step.")
    trigger: str = strawberry.field(description="When.")
    levels: list[EscalationLevelInput] = strawberry.field(description="One after the other.")

    def read(self) -> domain.EscalationPath:
        """The path as the domain knows it."""
        levels = tuple(domain.Level(level.role, level.within_minutes) for level in self.levels)
        return domain.EscalationPath(self.step, self.trigger, levels)
