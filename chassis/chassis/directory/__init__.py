"""Who works here, where, and since when: each service's own copy, folded from what the HRIS publishes."""

from chassis.directory.domain import Department, Person, Status, Team
from chassis.directory.handlers import Directory
from chassis.directory.listing import count, listing
from chassis.directory.repository import AS_OF, departments, members, moment, people, person, teams

__all__ = [
    "AS_OF",
    "Department",
    "Directory",
    "Person",
    "Status",
    "Team",
    "count",
    "departments",
    "listing",
    "members",
    "moment",
    "people",
    "person",
    "teams",
]
