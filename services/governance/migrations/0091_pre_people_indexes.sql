-- What lists of people and tools are narrowed and counted by.
CREATE INDEX employees_words ON employees USING gin (array_to_tsvector(array_remove(string_to_array(lower(name), ' '), '')));
CREATE INDEX employments_ended ON employments (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX employments_begin ON employments (from_date);
CREATE INDEX leaves_until ON leaves (coalesce(to_date, 'infinity'));
CREATE INDEX access_grants_active ON access_grants (tool_id) WHERE revoked_at IS NULL AND suspended_for = '{}';
CREATE INDEX access_requests_to_approve ON access_requests (employee_id, id)
    WHERE closed_at IS NULL AND status = 'pending_approval';
CREATE INDEX use_cases_in_use ON use_cases (department_id) WHERE retired_at IS NULL;
