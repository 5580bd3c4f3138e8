"""An enterprise of any size, written with SQL alone: for the bench and for tests about many.

The rows keep the invariants of the commands; the events that would have led to them are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which rows to write, by number; later numbers add to earlier ones.

    Every employee holds `grants_each` grants. The first `popular` employees hold one for tool 0, too. `many` numbers what an
    enterprise collects - incidents, motions, prompts - and `few` what it has some of: committees, policies, reviews.
    A department, of `departments`, has ten teams.
    """

    employees: range
    tools: range
    many: range
    few: range
    departments: range
    grants_each: int
    popular: int


async def fill(connection: asyncpg.Connection[asyncpg.Record], numbers: Numbers) -> None:
    """Write the rows of these numbers, and have Postgres look at them."""
    fields: dict[str, str | int] = {
        "grants_each": numbers.grants_each,
        "popular": numbers.popular,
        "choice": max(numbers.tools.stop - 1, 1),
    }
    for name in ("employees", "tools", "many", "few", "departments"):
        chosen: range = getattr(numbers, name)
        fields |= {name: f"generate_series({chosen.start}, {chosen.stop - 1}) n", f"last_{name}": chosen.stop - 1}
    for statement in _FILL:
        await connection.execute(statement.format(**fields))
    await connection.execute("VACUUM ANALYZE")


_TOOL = "(SELECT id FROM tools WHERE code = 'tool-' || (n % {last_tools}))"
_COMMITTEE = "(SELECT id FROM committees WHERE name = 'Committee ' || (1 + n % {last_few}))"
_FILL = (
    "INSERT INTO departments (id, name) SELECT 'd' || n, 'Department ' || n FROM {departments}",
    "INSERT INTO teams (id, name, department_id) SELECT 't' || n * 10 + k, 'Team ' || n * 10 + k, 'd' || n"
    " FROM {departments} CROSS JOIN generate_series(0, 9) k",
    "INSERT INTO employees (id, name, email) SELECT 'P' || n, 'Person ' || n, 'p' || n || '@example.com' FROM {employees}",
    """INSERT INTO memberships (employee_id, department_id, team_id, manager_id, job_function, level, is_people_manager,
            from_date)
        SELECT 'P' || n, 'd' || n / 10 % ({last_departments} + 1), 't' || n % ({last_departments} * 10 + 10),
            'P' || greatest(n / 10, 1), 'analyst', '3', n * 10 <= {last_employees}, '2024-01-01' FROM {employees}""",
    "INSERT INTO employments (employee_id, from_date) SELECT 'P' || n, '2024-01-01' FROM {employees}",
    """INSERT INTO sponsors (id, employee_id, appointed_by, effective_from, ended_at, version)
        SELECT uuidv7(), 'P' || n, 'P1', '2024-01-01', CASE WHEN n > 1 THEN timestamptz '2024-06-01' END, 1 FROM {few}""",
    """INSERT INTO officers (id, role, employee_id, from_at, version)
        SELECT uuidv7(), 'ai_steward', 'P' || n, '2024-01-01', 1 FROM {few}""",
    """INSERT INTO committees (id, name, chair_id, quorum_kind, quorum_value, pass_rule, chair_casting_vote, version)
        SELECT uuidv7(), 'Committee ' || n, 'P' || n, 'fraction', '0.5', 'simple', true, 1 FROM {few}""",
    """INSERT INTO committee_members (committee_id, employee_id, voting, from_at)
        SELECT id, 'P' || m, true, '2024-01-01' FROM {few} JOIN committees ON name = 'Committee ' || n
        CROSS JOIN generate_series(1, 5) m""",
    """INSERT INTO policies (id, code, title, version) SELECT uuidv7(), 'policy-' || n, 'Policy ' || n, 1 FROM {few}""",
    """INSERT INTO policy_editions (code, number, change_class, content, content_hash, published_at, published_by,
            acknowledge_by)
        SELECT 'policy-' || n, 1, 'major', 'Be kind.', encode(sha256('Be kind.'), 'hex'), '2024-01-01', 'P1', '2024-03-01'
        FROM {few}""",
    """INSERT INTO acknowledgements (id, employee_id, policy, number, at, version)
        SELECT uuidv7(), 'P' || n, 'policy-1', 1, '2024-02-01', 1 FROM {employees}""",
    """INSERT INTO credential_periods (period_id, employee_id, credential_type, valid_from)
        SELECT 'C' || n, 'P' || n, 'universal-fluency', '2024-01-01' FROM {employees}""",
    """INSERT INTO tools (id, code, name, vendor, model_version, hosting, purpose, owner_id, proposed_by, status, assessment,
            scope, credential_types, policy_ids, approval, review_by, review_overdue, version, proposed_at, decision_overdue)
        SELECT uuidv7(), 'tool-' || n, 'Tool ' || n, 'Vendor ' || n % 40, '1', 'cloud', 'work', 'P' || n + 1, 'P' || n + 1,
            'approved', '{{"manipulates_or_scores_people": false, "decides_about_people": false, "acts_without_review": false,
               "processes_personal_data": true, "speaks_to_the_public": false}}',
            '[{{"data_class": "CLIENT", "context": "CLIENT_WORK", "department_id": null, "region": null}},
              {{"data_class": "INTERNAL", "context": "INTERNAL", "department_id": null, "region": null}}]',
            '{{universal-fluency}}', '{{policy-1}}', 'none', '2099-01-01', false, 1, '2024-01-01', false
        FROM {tools}""",
    """CREATE TEMPORARY TABLE wanted AS SELECT 'P' || n AS who, t.id AS tool, uuidv7() AS request, uuidv7() AS given
        FROM {employees} CROSS JOIN generate_series(0, {grants_each} - 1) k
        JOIN (SELECT id, substring(code FROM 6)::int AS number FROM tools) t ON t.number =
            CASE WHEN k = 0 AND n <= {popular} THEN 0 ELSE 1 + (n * 7 + k * 47) % {choice} END""",
    """INSERT INTO access_requests (id, employee_id, tool_id, data_class, context, justification, status, missing, requested_at,
            expires_at, closed_at, version)
        SELECT request, who, tool, 'CLIENT', 'CLIENT_WORK', '', 'fulfilled', '[]', '2024-02-01', '2024-03-01', '2024-02-01', 1
        FROM wanted""",
    """INSERT INTO access_grants (id, request_id, employee_id, tool_id, data_class, context, valid_from, suspended_for, version)
        SELECT given, request, who, tool, 'CLIENT', 'CLIENT_WORK', '2024-02-01', '{{}}', 1 FROM wanted""",
    """INSERT INTO tool_use (employee_id, tool, last_day) SELECT who, 'tool-' || n % 3, '2024-03-01' FROM wanted, {few}
        WHERE who = 'P' || n ON CONFLICT DO NOTHING""",
    "DROP TABLE wanted",
    f"""INSERT INTO access_requests (id, employee_id, tool_id, data_class, context, justification, status, missing,
            requested_at, expires_at, version)
        SELECT uuidv7(), 'P' || n, {_TOOL}, 'INTERNAL', 'INTERNAL', 'work', 'pending_approval', '[]', now(),
            now() + interval '30 days', 1 FROM {{many}} WHERE n > 1 AND n <= {{last_employees}}""",
    f"""INSERT INTO motions (id, committee_id, decision_type, subject_kind, subject_id, title, proposer_id, opened_at, closes_at,
            outcome, closed_at, version)
        SELECT uuidv7(), {_COMMITTEE}, 'approve_tool', 'tool', {_TOOL}, 'Approve?', 'P' || n % {{last_few}} + 1, '2024-01-01',
            '2024-01-08', 'passed', '2024-01-05', 1 FROM {{many}}""",
    """INSERT INTO votes (motion_id, employee_id, choice, at)
        SELECT id, 'P' || m, 'yes', '2024-01-02' FROM motions CROSS JOIN generate_series(1, 3) m ON CONFLICT DO NOTHING""",
    """INSERT INTO decisions (id, decision_type, tier, subject_kind, subject_id, outcome, decided_by, motion_id, rationale,
            evidence, dissent, effective_at)
        SELECT uuidv7(), decision_type, 'enterprise', subject_kind, subject_id, 'approved', proposer_id, id, '', '[]', '{{}}',
            closed_at FROM motions ON CONFLICT DO NOTHING""",
    f"""INSERT INTO incidents (id, title, description, source, reported_by, tool_id, circumstances, status, severity, harms,
            accountable_id, accountable_because, actions, opened_at, reopened, version)
        SELECT uuidv7(), 'Incident ' || n, 'It said so.', 'employee', 'P' || n % {{last_few}} + 1, {_TOOL}, '{{{{}}}}',
            'triaged', 'low', '{{{{}}}}', 'P' || n % {{last_few}} + 1, 'tool_owner', '{{{{}}}}', '2024-05-01', 0, 1
        FROM {{many}}""",
    """INSERT INTO tickets (number, summary, state, opened_at, reopen_count, told_at)
        SELECT 'INC' || lpad(n::text, 8, '0'), 'A ticket', 'new', '2024-05-01', 0, '2024-05-01' FROM {many}""",
    f"""INSERT INTO meetings (id, committee_id, kind, scheduled_at, status, agenda, attendance, chaired, quorate, minutes,
            started_at, ended_at, version)
        SELECT uuidv7(), {_COMMITTEE}, 'regular', timestamptz '2024-01-01' + n * interval '1 hour', 'completed', '[]',
            '{{{{P1,P2}}}}', true, true, 'All is well.', '2024-01-01', '2024-01-01', 1 FROM {{many}}""",
    f"""INSERT INTO policy_exceptions (id, employee_id, policy, tool_id, justification, compensating_control, chain,
            requested_at, valid_until, status, extended, asked, version)
        SELECT uuidv7(), 'P' || n % {{last_employees}} + 1, 'policy-1', {_TOOL}, 'needed', 'four eyes',
            jsonb_build_object('requester_id', 'P' || n % {{last_employees}} + 1, 'due_at', '2024-02-01T00:00:00Z', 'stages',
                '[{{{{"name": "officer", "approvers": ["P1"]}}}}]'::jsonb),
            '2024-02-01', '2024-06-01', 'expired', false, '{{{{P1}}}}', 1 FROM {{many}}""",
    """INSERT INTO access_reviews (id, tool_id, default_on_silence, opened_by, opened_at, closes_at, items, version)
        SELECT uuidv7(), (SELECT id FROM tools WHERE code = 'tool-1'), 'keep', 'P1', '2024-05-01', '2024-06-01', 3, 1
        FROM {few}""",
    """INSERT INTO access_review_items (id, review_id, grant_id, employee_id, tool_id, reviewer_id, recommendation, because,
            silent, version)
        SELECT uuidv7(), r.id, g.id, g.employee_id, g.tool_id, CASE WHEN g.employee_id <> 'P1' THEN 'P1' END, 'keep',
            'it is used', false, 1
        FROM access_reviews r CROSS JOIN LATERAL (
            SELECT * FROM access_grants ORDER BY id LIMIT greatest({last_many} / {last_few}, 3)
        ) g ON CONFLICT DO NOTHING""",
    """INSERT INTO delegations (id, decision_type, from_id, to_id, from_at, until_at, reason, version)
        SELECT uuidv7(), 'suspend_tool', 'P1', 'P' || n + 1, now(), now() + interval '30 days', 'holidays', 1 FROM {few}""",
    f"""INSERT INTO use_cases (id, department_id, title, purpose, tool_ids, data_class, context, owner_id, registered_by,
            registered_at, version)
        SELECT uuidv7(), 'd' || n % ({{last_departments}} + 1), 'Use ' || n, 'work', ARRAY[{_TOOL}], 'INTERNAL', 'INTERNAL',
            'P' || n % {{last_few}} + 1, 'P1', '2024-02-01', 1 FROM {{many}}""",
    f"""INSERT INTO prompts (id, team_id, department_id, author_id, title, tool_ids, visibility, number, endorsed_by, retired,
            shared_at, version)
        SELECT uuidv7(), 't' || n % ({{last_departments}} * 10 + 10), 'd' || n % ({{last_departments}} + 1),
            'P' || n % {{last_few}} + 1, 'Prompt ' || n, ARRAY[{_TOOL}], 'enterprise', 1, 'P1', false, '2024-02-01', 1
        FROM {{many}}""",
    """INSERT INTO prompt_texts (prompt_id, number, body, written_by, written_at)
        SELECT id, 1, 'Say it.', author_id, shared_at FROM prompts ON CONFLICT DO NOTHING""",
    """INSERT INTO prompt_ratings (prompt_id, employee_id, stars, at)
        SELECT id, 'P1', 4, shared_at FROM prompts ON CONFLICT DO NOTHING""",
    f"""INSERT INTO department_restrictions (id, department_id, tool_id, removed, remaining, reason, review_by, imposed_by,
            imposed_on, status, version)
        SELECT uuidv7(), 'd' || n % ({{last_departments}} + 1), {_TOOL}, '[]', '[]', 'an audit',
            current_date + 60, 'P1', current_date, 'lifted', 1
        FROM {{few}}""",
    """INSERT INTO webhooks (id, url, types, secret, owner_id, status, created_at, version)
        SELECT uuidv7(), 'https://example.com/' || n, '{{governance.tool-approved.v1}}', 'whsec_c2VjcmV0', 'P1', 'active',
            '2024-02-01', 1 FROM {few}""",
    """INSERT INTO cadence_occurrences (id, kind, period, due_at, agenda, findings, actions, missed_at, version)
        SELECT uuidv7(), 'quarterly_review', 'period ' || n, timestamptz '2024-01-01' + n * interval '1 day', '[]', '{{}}', '[]',
            '2024-04-01', 1 FROM {few}""",
    """INSERT INTO model_changes (event_id, type, subject, at, by, data)
        SELECT 'change-' || n, 'governance.tool-approved.v1', id::text, timestamptz '2024-01-01' + n * interval '1 minute',
            'P1', jsonb_build_object('tool_id', id, 'name', name)
        FROM {many} JOIN tools ON code = 'tool-' || (n % {last_tools})""",
    """INSERT INTO processes (id, code, name, department_id, owner_id, retired)
        SELECT uuidv7(), 'process-' || n, 'Process ' || n, 'd' || n % ({last_departments} + 1), 'P' || n, false FROM {few}""",
)  # fmt: skip
