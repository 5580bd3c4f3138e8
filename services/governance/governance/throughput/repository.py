"""The times between a wish and its decision, in SQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from chassis.database import Connection
from chassis.domain import Tier
from governance.access.domain import EMPLOYMENT_ENDED
from governance.campaigns import repository as campaigns
from governance.exceptions.repository import HELD_AT
from governance.rights.domain import DecisionType
from governance.throughput.domain import REVERSED_WITHIN_DAYS, LeadTime, Load, Throughput

_HOURS = "extract(epoch FROM {}) / 3600"
# A tool is submitted when it is proposed, everything else that the committee decides when the motion is opened.
_LEAD_TIMES = f"""
    WITH decided AS (
        SELECT d.decision_type, d.tier, {
    _HOURS.format(
        "d.effective_at - CASE d.decision_type WHEN 'approve_tool' THEN t.proposed_at"
        " WHEN 'reject_tool' THEN t.proposed_at ELSE m.opened_at END"
    )
} AS hours
        FROM decisions d LEFT JOIN motions m ON m.id = d.motion_id
        LEFT JOIN tools t ON d.subject_kind = 'tool' AND t.id::text = d.subject_id
        WHERE d.effective_at >= $1 AND d.effective_at < $2
    )
    SELECT decision_type, tier, count(*)::int AS decisions,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) AS median_hours,
        percentile_cont(0.85) WITHIN GROUP (ORDER BY hours) AS p85_hours
    FROM decided GROUP BY decision_type, tier ORDER BY decision_type, tier
"""
_REVERSALS = """
    SELECT count(*)::int AS approvals, count(*) FILTER (WHERE
        EXISTS (SELECT FROM decisions r WHERE r.reverses = d.id AND r.effective_at <= d.effective_at + $3::interval)
        OR EXISTS (SELECT FROM decisions r WHERE (r.subject_kind, r.subject_id, r.decision_type)
            = (d.subject_kind, d.subject_id, 'suspend_tool')
            AND r.effective_at > d.effective_at AND r.effective_at <= d.effective_at + $3::interval))::int AS reversed
    FROM decisions d WHERE d.decision_type = 'approve_tool' AND d.effective_at >= $1 AND d.effective_at < $2
"""
_CONTAINED = f"""
    SELECT count(*)::int AS contained, percentile_cont(0.5) WITHIN GROUP (
        ORDER BY {_HOURS.format("contained_at - opened_at")}) AS hours
    FROM incidents WHERE contained_at >= $1 AND contained_at < $2
"""
# Until a request is ready for its approver it waits for training and acknowledgements, from then on for people.
_ACCESS = f"""
    WITH granted AS (
        SELECT r.requested_at, r.closed_at, coalesce((
            SELECT min(e.time) FROM events e WHERE e.subject = r.id::text
                AND e.type = 'governance.access-prerequisites-changed.v1' AND e.data ->> 'status' = 'pending_approval'
        ), r.closed_at) AS ready_at
        FROM access_requests r WHERE r.status = 'fulfilled' AND r.closed_at >= $1 AND r.closed_at < $2
    )
    SELECT count(*)::int AS grants,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY {_HOURS.format("closed_at - requested_at")}) AS access,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY {_HOURS.format("ready_at - requested_at")}) AS training,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY {_HOURS.format("closed_at - ready_at")}) AS people
    FROM granted
"""
# The HRIS may tell late: what it told after the end counts from when it told it.
_ENFORCED = """
    WITH ended AS (
        SELECT g.revoked_at - greatest(
            (SELECT max(e.ends_at) FROM employments e WHERE e.employee_id = g.employee_id AND e.ends_at <= g.revoked_at),
            (SELECT max(f.time) FROM hr_facts f
             WHERE f.employee_id = g.employee_id AND f.kind = 'terminated' AND f.time <= g.revoked_at)
        ) AS after
        FROM access_grants g WHERE g.revoked_because = $3 AND g.revoked_at >= $1 AND g.revoked_at < $2
    )
    SELECT count(after)::int AS grants,
        extract(epoch FROM percentile_cont(0.99) WITHIN GROUP (ORDER BY after))::float8 AS seconds FROM ended
"""
# $1 the last day, $2 its end, or now.
_LOAD = f"""
    WITH exempt AS (
        SELECT x.requested_at, EXISTS (
            SELECT FROM events e WHERE e.subject = x.id::text AND e.type = 'governance.exception-extended.v1' AND e.time <= $2
        ) AS extended FROM policy_exceptions x WHERE {HELD_AT.format(at="$2")}
    ),
    late AS (
        SELECT DISTINCT department_id FROM department_restrictions r
        WHERE imposed_on <= $1 AND review_by > $1 AND ($1 - imposed_on) * 2 > review_by - imposed_on AND NOT EXISTS (
            SELECT FROM events e WHERE r.status = 'lifted' AND e.subject = r.id::text
                AND e.type = 'governance.department-restriction-lifted.v1' AND e.time <= $2)
    )
    SELECT (SELECT count(*) FROM exempt) AS exceptions, (SELECT count(*) FROM exempt WHERE extended) AS exceptions_extended,
        (SELECT extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY $2 - requested_at))::float8 / 86400
         FROM exempt) AS exception_age_days,
        (SELECT count(*) FROM departments) AS departments, (SELECT count(*) FROM late) AS departments_past_half
"""


async def throughput(connection: Connection, first: date, last: date) -> Throughput:
    """The figures of the days from first to last, in UTC."""
    window = (
        datetime.combine(first, time(), UTC),
        datetime.combine(last + timedelta(days=1), time(), UTC),
    )
    lead = await connection.fetch(_LEAD_TIMES, *window)
    reversals = await connection.fetchrow(_REVERSALS, *window, timedelta(days=REVERSED_WITHIN_DAYS))
    contained = await connection.fetchrow(_CONTAINED, *window)
    access = await connection.fetchrow(_ACCESS, *window)
    enforced = await connection.fetchrow(_ENFORCED, *window, EMPLOYMENT_ENDED)
    at = min(window[1] - timedelta(microseconds=1), connection.now)
    asked, acknowledged = await campaigns.coverage(connection, at)
    load = await connection.fetchrow(_LOAD, at.date(), at)
    assert reversals is not None
    assert contained is not None
    assert access is not None
    assert enforced is not None
    assert load is not None
    return Throughput(
        lead_times=tuple(
            LeadTime(
                DecisionType(row["decision_type"]), Tier(row["tier"]), row["decisions"], row["median_hours"],
                row["p85_hours"],
            )
            for row in lead
        ),
        decisions=sum(row["decisions"] for row in lead),
        approvals=reversals["approvals"],
        reversed=reversals["reversed"],
        incidents_contained=contained["contained"],
        contain_hours=contained["hours"],
        grants=access["grants"],
        access_hours=access["access"],
        waiting_for_training_hours=access["training"],
        waiting_for_people_hours=access["people"],
        enforced=enforced["grants"],
        enforcement_seconds=enforced["seconds"],
        load=Load(asked, acknowledged, **load),
    )  # fmt: skip
