"""Steps and their controls. Every step done by AI says what AI does, with which tool and data, and has a handoff to it, a
handoff back with an acceptance rule, a quality gate and an escalation path; what is missing is said for every step at once
(P08)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from chassis.domain import Refused
from process.processes.domain import DataClass

_MOST_STEPS = 200


class Actor(StrEnum):
    """Who does a step."""

    HUMAN = "human"
    AI = "ai"
    SYSTEM = "system"


class AiRole(StrEnum):
    """What AI does in a step."""

    ASSIST = "assist"
    DRAFT = "draft"
    CLASSIFY = "classify"
    DECIDE = "decide"


class Method(StrEnum):
    """How output is verified."""

    CHECKLIST = "checklist"
    SAMPLE = "sample"
    DUAL = "dual"


class Control(StrEnum):
    """What a step done by AI must have."""

    AI_ROLE = "ai_role"
    TOOL = "tool"
    DATA_CLASS = "data_class"
    HANDOFF_TO_AI = "handoff_to_ai"
    HANDOFF_TO_HUMAN = "handoff_to_human"
    ACCEPTANCE_RULE = "acceptance_rule"
    QUALITY_GATE = "quality_gate"
    ESCALATION_PATH = "escalation_path"

    @property
    def words(self) -> str:
        """The control as a sentence names it."""
        return _WORDS[self]


_WORDS = {
    Control.AI_ROLE: "a word on what the AI does",
    Control.TOOL: "an AI tool",
    Control.DATA_CLASS: "a data class",
    Control.HANDOFF_TO_AI: "a handoff from a human to the AI",
    Control.HANDOFF_TO_HUMAN: "a handoff from the AI back to a human",
    Control.ACCEPTANCE_RULE: "an acceptance rule on the handoff back to a human",
    Control.QUALITY_GATE: "a quality gate",
    Control.ESCALATION_PATH: "an escalation path",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done. A control step may not be customised by a team."""

    n: int
    title: str
    actor: Actor
    role: str | None = None
    ai_role: AiRole | None = None
    tool_id: UUID | None = None
    data_class: DataClass | None = None
    control: bool = False


@dataclass(frozen=True, slots=True)
class Handoff:
    """Where work passes between people and AI, at the step that the AI does."""

    step: int
    giver: Actor
    taker: Actor
    trigger: str
    acceptance_rule: str | None = None
    artefact: str | None = None


@dataclass(frozen=True, slots=True)
class QualityGate:
    """Who verifies the output of a step, how, how much of it, and when it passes."""

    step: int
    verifier_role: str
    method: Method
    sampling_rate: float
    pass_rule: str
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """Who is asked next, and within which time they answer."""

    role: str
    within_minutes: int


@dataclass(frozen=True, slots=True)
class EscalationPath:
    """Who is called when a step goes wrong, one level after the other."""

    step: int
    trigger: str
    levels: tuple[Level, ...]


class SopMalformed(Refused):
    """The procedure contradicts itself: {problem}."""

    problems: tuple[str, ...]


class SopIncomplete(Refused):
    """The procedure is not safe to use yet. {what}"""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """The controls that one step lacks."""

    step: int
    title: str
    lacks: tuple[Control, ...]

    def __str__(self) -> str:
        *first, last = (control.words for control in self.lacks)
        return f"Step {self.step} ({self.title}) lacks {', '.join(first)}{' and ' if first else ''}{last}."


@dataclass(frozen=True, slots=True)
class Content:
    """What a version of a procedure says."""

    steps: tuple[Step, ...]
    handoffs: tuple[Handoff, ...] = ()
    quality_gates: tuple[QualityGate, ...] = ()
    escalation_paths: tuple[EscalationPath, ...] = ()

    @property
    def ai_steps(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.actor is Actor.AI)

    @property
    def tools(self) -> frozenset[UUID]:
        """The tools without which the procedure cannot be followed."""
        return frozenset(step.tool_id for step in self.ai_steps if step.tool_id is not None)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that must know the procedure: who works in it, verifies, or is called."""
        named = {step.role for step in self.steps if step.role}
        named |= {gate.verifier_role for gate in self.quality_gates}
        named |= {level.role for path in self.escalation_paths for level in path.levels}
        return tuple(sorted(named))

    def gaps(self) -> tuple[Gap, ...]:
        """What each step done by AI lacks, in order of the steps; empty when the procedure is safe to use."""
        found = ((step, tuple(self._lacking(step))) for step in self.ai_steps)
        return tuple(Gap(step.n, step.title, lacks) for step, lacks in found if lacks)

    def must_be_complete(self) -> None:
        """Raise SopIncomplete naming every control that any step lacks (P08)."""
        gaps = self.gaps()
        if gaps:
            missing = tuple(f"step {gap.step}: {control.words}" for gap in gaps for control in gap.lacks)
            raise SopIncomplete(what=" ".join(map(str, gaps)), missing=missing)

    def _lacking(self, step: Step) -> Iterator[Control]:
        n = step.n
        if step.ai_role is None:
            yield Control.AI_ROLE
        if step.tool_id is None:
            yield Control.TOOL
        if step.data_class is None:
            yield Control.DATA_CLASS
        if not any(_passes(handoff, n, Actor.HUMAN, Actor.AI) for handoff in self.handoffs):
            yield Control.HANDOFF_TO_AI
        back = [handoff for handoff in self.handoffs if _passes(handoff, n, Actor.AI, Actor.HUMAN)]
        if not back:
            yield Control.HANDOFF_TO_HUMAN
        elif not any((handoff.acceptance_rule or "").strip() for handoff in back):
            yield Control.ACCEPTANCE_RULE
        if not any(gate.step == n for gate in self.quality_gates):
            yield Control.QUALITY_GATE
        if not any(path.step == n and path.levels for path in self.escalation_paths):
            yield Control.ESCALATION_PATH

    def must_be_well_formed(self) -> None:
        """Raise SopMalformed with everything that contradicts itself. Controls may still be missing: see `gaps`."""
        problems = tuple(_problems(self))
        if problems:
            raise SopMalformed(problem="; ".join(problems), problems=problems)


def _passes(handoff: Handoff, n: int, giver: Actor, taker: Actor) -> bool:
    return handoff.step == n and handoff.giver is giver and handoff.taker is taker


def _problems(content: Content) -> Iterator[str]:
    if not content.steps:
        yield "it has no steps"
    if len(content.steps) > _MOST_STEPS:
        yield f"it has {len(content.steps)} steps, more than {_MOST_STEPS}"
    numbers = [step.n for step in content.steps]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        yield "its steps are not numbered 1, 2, 3 and so on, each once"
    for step in content.steps:
        yield from _step_problems(step)
    known = set(numbers)
    controls: Iterable[tuple[str, Iterable[Handoff | QualityGate | EscalationPath]]] = (
        ("a handoff", content.handoffs),
        ("a quality gate", content.quality_gates),
        ("an escalation path", content.escalation_paths),
    )
    for what, found in controls:
        for stray in sorted({control.step for control in found} - known):
            yield f"{what} names step {stray}, which does not exist"
    for handoff in content.handoffs:
        if handoff.giver is handoff.taker:
            yield f"the handoff at step {handoff.step} goes from {handoff.giver} to {handoff.taker}"
        if not handoff.trigger.strip():
            yield f"a handoff at step {handoff.step} does not say what triggers it"
    for gate in content.quality_gates:
        yield from _gate_problems(gate)
    for path in content.escalation_paths:
        yield from _path_problems(path)


def _step_problems(step: Step) -> Iterator[str]:
    if not step.title.strip():
        yield f"step {step.n} has no title"
    if step.actor is not Actor.AI and (step.tool_id is not None or step.ai_role is not None):
        yield f"step {step.n} is not done by AI, yet names an AI role or tool"


def _gate_problems(gate: QualityGate) -> Iterator[str]:
    if not 0 < gate.sampling_rate <= 1:
        yield f"the quality gate of step {gate.step} samples a share of {gate.sampling_rate:g}, not more than 0 and at most 1"
    if not gate.verifier_role.strip():
        yield f"the quality gate of step {gate.step} does not say who verifies"
    if not gate.pass_rule.strip():
        yield f"the quality gate of step {gate.step} does not say when it passes"
    if gate.method is Method.CHECKLIST and not gate.checklist:
        yield f"the quality gate of step {gate.step} works through a checklist that has no items"


def _path_problems(path: EscalationPath) -> Iterator[str]:
    if not path.trigger.strip():
        yield f"an escalation path of step {path.step} does not say what triggers it"
    if any(not level.role.strip() or level.within_minutes <= 0 for level in path.levels):
        yield f"every level of the escalation path of step {path.step} needs a role and a time of at least one minute"
