"""Processes and their procedures are decided at the department tier: by the owner, by whoever leads the department, and
by the control functions of the enterprise."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.domain import NotEntitled, Tier

CONTROL_OWNERS = frozenset({"compliance_officer", "ai_steward"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants to change something, and where they work."""

    id: str
    roles: frozenset[str]
    department_id: str | None

    @property
    def is_steward(self) -> bool:
        return "ai_steward" in self.roles

    @property
    def owns_controls(self) -> bool:
        """Whether this person answers for the enterprise's controls."""
        return not self.roles.isdisjoint(CONTROL_OWNERS)

    def leads(self, department_id: str) -> bool:
        """Whether this person leads the department."""
        return "department_leader" in self.roles and self.department_id == department_id

    def owns_processes_of(self, department_id: str) -> bool:
        """Whether this person is a process owner of the department."""
        return "process_owner" in self.roles and self.department_id == department_id


def must_register(asker: Asker, department_id: str, owner_id: str) -> None:
    """A process is registered by a process owner, the leader of its department or an AI steward (P01)."""
    own = "process_owner" in asker.roles and (owner_id == asker.id or asker.owns_processes_of(department_id))
    if not (asker.is_steward or asker.leads(department_id) or own):
        raise _refusal(
            "Registering a process", f"a process owner, the leader of department {department_id} or an AI steward"
        )


def must_change(asker: Asker, department_id: str, owner_id: str | None, action: str) -> None:
    """What a process is and how it is done is changed by its owner, its department's leader or an AI steward."""
    if not (asker.is_steward or asker.leads(department_id) or asker.id == owner_id):
        owner = f"the process owner ({owner_id})" if owner_id else "the process owner (nobody at the moment)"
        raise _refusal(action, f"{owner}, the leader of department {department_id} or an AI steward")


def must_lead(asker: Asker, department_id: str, action: str) -> None:
    """Which processes come first is for the leader of the department alone (P05)."""
    if not asker.leads(department_id):
        raise _refusal(action, f"the leader of department {department_id}")


def must_work_in(asker: Asker, department_id: str, owner_id: str | None, action: str) -> None:
    """Procedures are written by those who do the work: the owner and everybody in the department."""
    if asker.department_id != department_id:
        must_change(asker, department_id, owner_id, action)


def must_withdraw(asker: Asker, department_id: str, owner_id: str | None) -> None:
    """A procedure is withdrawn by those who may change the process, and by compliance."""
    if "compliance_officer" not in asker.roles:
        must_change(asker, department_id, owner_id, "Withdrawing a procedure")


def approval_refusal(department_id: str, owner_id: str | None) -> NotEntitled:
    """Who approves a procedure, for somebody who does not."""
    owner = owner_id or f"the leader of department {department_id}, as nobody owns the process"
    return _refusal(
        "Approving a procedure", f"the process owner ({owner}) together with a compliance officer or an AI steward"
    )


def _refusal(action: str, deciders: str) -> NotEntitled:
    return NotEntitled(action=action, tier=Tier.DEPARTMENT.value, deciders=deciders)
