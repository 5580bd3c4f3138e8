"""The domain's enumerations as the graph shows them, every value described."""

from __future__ import annotations

from chassis.graphql.description import describe
from process.candidates.domain import Factor, Gate, Outcome
from process.controls.domain import Actor, AiRole, Control, Method
from process.gaps.domain import Pillar, RefinementKind, Severity
from process.gates.domain import Item, UsageContext
from process.pilots.domain import Outcome as PilotOutcome
from process.pilots.domain import State as PilotState
from process.plans.domain import QualityRate, WorkMetric
from process.processes.domain import DataClass, Direction, Status
from process.versions.domain import ChangeClass, Part, State

describe(
    DataClass,
    "DataClass",
    "How sensitive data is.",
    {
        DataClass.PUBLIC: "Anybody may see it.",
        DataClass.INTERNAL: "For people who work here.",
        DataClass.CONFIDENTIAL: "For those who need it for their work.",
        DataClass.CLIENT: "Entrusted by clients.",
    },
)
describe(
    Status,
    "ProcessStatus",
    "Where a process stands on its way to AI; it follows from facts.",
    {
        Status.REGISTERED: "It is in the inventory.",
        Status.AUDITED: "Its workflow was audited.",
        Status.PRIORITISED: "Its department gave it a rank.",
        Status.IN_REDESIGN: "A procedure with steps done by AI is being written or waits to become effective.",
        Status.AI_ENABLED: "A procedure with steps done by AI is effective.",
        Status.DEGRADED: "A procedure is blocked because a tool that it needs may not be used.",
        Status.RETIRED: "The work is not done any more.",
    },
)
describe(
    Direction,
    "KpiDirection",
    "Which way a figure should go.",
    {Direction.UP: "More is better.", Direction.DOWN: "Less is better."},
)
describe(
    Actor,
    "StepActor",
    "Who does a step.",
    {Actor.HUMAN: "A person.", Actor.AI: "An AI tool.", Actor.SYSTEM: "A system without AI."},
)
describe(
    AiRole,
    "StepAiRole",
    "What AI does in a step.",
    {
        AiRole.ASSIST: "It helps a person who does the work.",
        AiRole.DRAFT: "It writes what a person finishes.",
        AiRole.CLASSIFY: "It sorts.",
        AiRole.DECIDE: "It decides.",
    },
)
describe(
    Method,
    "VerificationMethod",
    "How output is verified.",
    {
        Method.CHECKLIST: "Against a list of questions.",
        Method.SAMPLE: "A share of it, looked at by one person.",
        Method.DUAL: "By two people who do not know each other's verdict.",
    },
)
describe(
    Control,
    "StepControl",
    "What every step done by AI must have before its procedure may be used.",
    {
        Control.AI_ROLE: "What the AI does.",
        Control.TOOL: "The tool that does it.",
        Control.DATA_CLASS: "How sensitive the data is that it is given.",
        Control.HANDOFF_TO_AI: "A handoff from a human to the AI.",
        Control.HANDOFF_TO_HUMAN: "A handoff from the AI back to a human.",
        Control.ACCEPTANCE_RULE: "A rule by which the human accepts what the AI hands back.",
        Control.QUALITY_GATE: "A quality gate that verifies the output.",
        Control.ESCALATION_PATH: "An escalation path with at least one level.",
    },
)
describe(
    State,
    "SopVersionState",
    "Where a version of a procedure is in its life.",
    {
        State.DRAFT: "It is being written.",
        State.IN_REVIEW: "It is complete and waits for its two approvals.",
        State.APPROVED: "It may become effective.",
        State.EFFECTIVE: "It is the one that people follow, unless a tool blocks it.",
        State.SUPERSEDED: "A newer version took its place.",
        State.WITHDRAWN: "It was taken back.",
    },
)
describe(
    ChangeClass,
    "SopChangeClass",
    "Whether those who follow the procedure must learn it anew.",
    {ChangeClass.MAJOR: "They must.", ChangeClass.MINOR: "What they know still holds."},
)
describe(
    Part,
    "SopApprovalPart",
    "For whom somebody approves a procedure.",
    {
        Part.OWNER: "For the process owner.",
        Part.CONTROL: "For the enterprise's controls: compliance or AI stewardship.",
    },
)
describe(
    Factor,
    "CandidateFactorKind",
    "What a candidate's score is made of.",
    {
        Factor.VOLUME: "How often the work is done.",
        Factor.STANDARDISATION: "How many cases go the usual way.",
        Factor.DOCUMENTATION: "How well the work is described.",
        Factor.DATA_READINESS: "Whether the data is there, right and allowed.",
        Factor.VERIFIABILITY: "How easily a wrong result is seen.",
        Factor.CONTROLLABLE_RISK: "How well a wrong result can be contained.",
    },
)
describe(
    Gate,
    "CandidateGate",
    "What must hold before a score means anything.",
    {
        Gate.DOCUMENTED: "The documentation level is 2 or more.",
        Gate.MEASURABLE: "There is a figure by which an improvement can be measured.",
        Gate.NOT_PROHIBITED: "Neither law nor policy forbids AI in it.",
    },
)
describe(
    Outcome,
    "CandidateOutcome",
    "Where a candidate stands.",
    {
        Outcome.SCORED: "It is scored and waits for a decision.",
        Outcome.NOT_ELIGIBLE: "A gate does not hold.",
        Outcome.ACCEPTED: "Its department takes it on.",
        Outcome.PARKED: "Its department put it aside.",
    },
)
describe(
    UsageContext,
    "UsageContext",
    "What a tool's output is used for.",
    {
        UsageContext.INTERNAL: "Work that stays inside.",
        UsageContext.CLIENT_WORK: "Work for clients.",
        UsageContext.PUBLIC: "What the public gets to see.",
    },
)
describe(
    PilotState,
    "PilotState",
    "Where a pilot stands.",
    {
        PilotState.PLANNED: "Its go-live gate misses something.",
        PilotState.GATED: "Its go-live gate misses nothing; it may start.",
        PilotState.RUNNING: "The cohort works with AI.",
        PilotState.PAUSED: "It stands still, for the reason that it names.",
        PilotState.MEASURING: "Its window is closed; it waits for the comparison and a decision.",
        PilotState.DECIDED: "It was decided what comes after it.",
        PilotState.ABORTED: "It was given up.",
    },
)
describe(
    PilotOutcome,
    "PilotOutcome",
    "What comes after a pilot.",
    {
        PilotOutcome.SCALE: "More people work like that.",
        PilotOutcome.ITERATE: "It is changed and tried again.",
        PilotOutcome.STOP: "It is not done any more.",
    },
)
describe(
    Item,
    "PilotGateCondition",
    "What must hold before a pilot may run.",
    {
        Item.TOOL_APPROVED: "Governance approved its tools for the data and the department, and they are in use.",
        Item.SOP_EFFECTIVE: "A procedure that uses each tool is effective and not blocked.",
        Item.ESCALATION_CONTACT: "Who is called when something goes wrong is at work.",
        Item.COHORT_TRAINED: "Enough of the cohort hold the credentials.",
        Item.BASELINE_FROZEN: "Every KPI has a frozen baseline.",
    },
)
describe(
    WorkMetric,
    "WorkMetric",
    "What is measured of every unit of work, in minutes.",
    {
        WorkMetric.CYCLE_TIME: "From its opening to its completion.",
        WorkMetric.TOUCH_TIME: "The time that people spent on it.",
        WorkMetric.WAIT_TIME: "From its opening to its start.",
    },
)
describe(
    QualityRate,
    "QualityRate",
    "A share of the units of work that must not get worse.",
    {
        QualityRate.REWORK_RATE: "Those that had to be done again.",
        QualityRate.REOPEN_RATE: "Those that were opened again after completion.",
        QualityRate.SLA_MISS_RATE: "Those that missed their service level.",
    },
)
describe(
    Pillar,
    "GapPillar",
    "The part of the operating model that a gap is routed to.",
    {
        Pillar.GOVERNANCE: "Decision rights, tools, policies.",
        Pillar.TRAINING: "What people have to know.",
        Pillar.PROCESS: "How the work is done.",
        Pillar.METRICS: "What is measured.",
    },
)
describe(
    Severity,
    "GapSeverity",
    "How much a gap matters.",
    {
        Severity.LOW: "The pilot goes on without it.",
        Severity.MEDIUM: "The pilot goes on, worse.",
        Severity.HIGH: "The pilot cannot go on, or must not be repeated without it.",
    },
)
describe(
    RefinementKind,
    "RefinementKind",
    "What of the operating model was refined.",
    {
        RefinementKind.POLICY: "A policy.",
        RefinementKind.TOOL: "A tool's scope, conditions or version.",
        RefinementKind.DECISION: "A decision right or a decision.",
        RefinementKind.COURSE: "A course.",
        RefinementKind.REQUIREMENT: "Who has to hold which credential.",
        RefinementKind.PROCEDURE: "A procedure.",
        RefinementKind.METRIC: "A metric or a target.",
    },
)
