"""Who works in the demo organisation: seven departments, their teams, three hundred people and who leads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from deploy.local.demo.names import name


@dataclass(frozen=True, slots=True)
class Team:
    """A team: its id, its name, what its people do, and how many they are with their lead."""

    id: str
    name: str
    job_function: str
    size: int


@dataclass(frozen=True, slots=True)
class Department:
    """A department and its teams; its leader comes on top of them."""

    id: str
    name: str
    teams: tuple[Team, ...]


DEPARTMENTS = (
    Department(
        "sales",
        "Sales",
        (
            Team("sales-emea", "Sales EMEA", "account-executive", 21),
            Team("sales-americas", "Sales Americas", "account-executive", 22),
            Team("sales-apac", "Sales Asia-Pacific", "account-executive", 16),
        ),
    ),
    Department(
        "engineering",
        "Engineering",
        (
            Team("engineering-platform", "Platform Engineering", "engineer", 22),
            Team("engineering-product", "Product Engineering", "engineer", 26),
            Team("engineering-data", "Data", "data-scientist", 16),
            Team("engineering-quality", "Quality", "engineer", 18),
        ),
    ),
    Department(
        "support",
        "Customer Support",
        (
            Team("support-first-line", "First Line", "support-agent", 24),
            Team("support-second-line", "Second Line", "support-agent", 16),
            Team("support-success", "Customer Success", "success-manager", 13),
        ),
    ),
    Department(
        "operations",
        "Operations",
        (
            Team("operations-ai-office", "AI Office", "programme-manager", 6),
            Team("operations-logistics", "Logistics", "operations-analyst", 16),
            Team("operations-it", "IT Services", "systems-engineer", 12),
        ),
    ),
    Department(
        "marketing",
        "Marketing",
        (
            Team("marketing-content", "Content", "writer", 14),
            Team("marketing-growth", "Growth", "marketer", 15),
        ),
    ),
    Department(
        "finance",
        "Finance and Legal",
        (
            Team("finance-control", "Controlling", "accountant", 13),
            Team("finance-legal", "Legal and Compliance", "counsel", 9),
        ),
    ),
    Department(
        "people",
        "People",
        (
            Team("people-partners", "People Partners", "people-partner", 9),
            Team("people-learning", "Learning", "trainer", 4),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Employee:
    """One person as the HR system knows them."""

    id: str
    name: str
    department: Department
    team: Team | None
    manager_id: str | None
    job_function: str
    level: str
    is_people_manager: bool
    days_employed: int

    @property
    def email(self) -> str:
        """Their address at the made-up company."""
        return f"{self.name.lower().replace(' ', '.')}@demo.example"

    def hire(self, effective_date: str) -> dict[str, Any]:
        """The data of their `hris.employee-hired.v1` event."""
        return {
            "employee_id": self.id,
            "effective_date": effective_date,
            "name": self.name,
            "email": self.email,
            "department": {"id": self.department.id, "name": self.department.name},
            "team": {"id": self.team.id, "name": self.team.name} if self.team else None,
            "manager_id": self.manager_id,
            "job_function": self.job_function,
            "level": self.level,
            "is_people_manager": self.is_people_manager,
        }


@cache
def employees() -> tuple[Employee, ...]:
    """Everybody: E0001 leads the company, E0002 to E0008 the departments, then team after team, its lead first."""
    home = DEPARTMENTS[3]
    everybody = [_employee(1, home, None, None, job_function="general-management", level="executive", manages=True)]
    for number, department in enumerate(DEPARTMENTS, start=2):
        everybody.append(
            _employee(
                number, department, None, "E0001", job_function="general-management", level="director", manages=True
            )
        )
    number = 2 + len(DEPARTMENTS)
    for position, department in enumerate(DEPARTMENTS):
        leader = everybody[1 + position].id
        for team in department.teams:
            lead = f"E{number:04d}"
            for place in range(team.size):
                manager = leader if place == 0 else lead
                level = "lead" if place == 0 else ("senior", "professional", "junior")[place % 3]
                everybody.append(
                    _employee(
                        number,
                        department,
                        team,
                        manager,
                        job_function=team.job_function,
                        level=level,
                        manages=place == 0,
                    )
                )
                number += 1
    return tuple(everybody)


def _employee(
    number: int,
    department: Department,
    team: Team | None,
    manager_id: str | None,
    *,
    job_function: str,
    level: str,
    manages: bool,
) -> Employee:
    return Employee(
        id=f"E{number:04d}",
        name=name(number),
        department=department,
        team=team,
        manager_id=manager_id,
        job_function=job_function,
        level=level,
        is_people_manager=manages,
        days_employed=120 + number * 37 % 2400,
    )


def team(id: str) -> list[Employee]:
    """The people of a team, its lead first."""
    return [employee for employee in employees() if employee.team and employee.team.id == id]


def department(id: str) -> list[Employee]:
    """The people of a department, its leader first."""
    return [employee for employee in employees() if employee.department.id == id]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may ask for a token."""

    subject: str
    roles: tuple[str, ...]


@cache
def callers() -> dict[str, Caller]:
    """Who `make token WHO=...` knows."""
    sales, office, legal = department("sales")[0], team("operations-ai-office"), team("finance-legal")

    def person(employee: Employee, *roles: str) -> Caller:
        return Caller(employee.id, (*roles, "employee"))

    return {
        "executive-sponsor": person(employees()[0], "executive_sponsor", "committee_member"),
        "committee-member": person(department("engineering")[0], "committee_member"),
        "ai-steward": person(office[0], "ai_steward"),
        "compliance-officer": person(legal[0], "compliance_officer"),
        "department-leader": person(sales, "department_leader"),
        "team-lead": person(team("sales-emea")[0], "team_lead"),
        "employee": person(team("sales-emea")[4]),
        "curriculum-owner": person(team("people-learning")[0], "curriculum_owner"),
        "process-owner": person(team("support-first-line")[0], "process_owner"),
        "metrics-owner": person(team("engineering-data")[0], "metrics_owner"),
        "auditor": person(team("finance-control")[0], "auditor"),
        "hris": Caller("hris", ("hris",)),
        "itsm": Caller("itsm", ("itsm",)),
        "lms": Caller("lms", ("lms",)),
        "telemetry": Caller("telemetry", ("telemetry",)),
    }


def caller_of(employee_id: str) -> Caller | None:
    """Any employee by id: with the roles that `callers` gives them, or those of their place in the organisation."""
    for caller in callers().values():
        if caller.subject == employee_id:
            return caller
    for employee in employees():
        if employee.id == employee_id:
            leads = ("team_lead" if employee.team else "department_leader",) if employee.is_people_manager else ()
            return Caller(employee.id, (*leads, "employee"))
    return None
