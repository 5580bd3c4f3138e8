-- Exceptions from policies, consented to in stages, for a time.
CREATE TABLE policy_exceptions (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    policy text NOT NULL REFERENCES policies (code),
    tool_id uuid REFERENCES tools,
    justification text NOT NULL CHECK (justification <> ''),
    compensating_control text NOT NULL CHECK (compensating_control <> ''),
    chain jsonb NOT NULL,
    requested_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('requested', 'active', 'rejected', 'expired', 'revoked')),
    extended boolean NOT NULL,
    ended_because text,
    asked text[] NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX policy_exceptions_once ON policy_exceptions (employee_id, policy, tool_id) NULLS NOT DISTINCT
    WHERE status IN ('requested', 'active');
CREATE INDEX policy_exceptions_of ON policy_exceptions (employee_id, id);
CREATE INDEX policy_exceptions_by_status ON policy_exceptions (status, id);
CREATE INDEX policy_exceptions_asked ON policy_exceptions USING gin (asked) WHERE status = 'requested';
