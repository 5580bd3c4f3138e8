-- Tools that nobody may have together, with the policy whose rule it is.
CREATE TABLE tool_separations (
    id uuid PRIMARY KEY,
    first_id uuid NOT NULL REFERENCES tools,
    second_id uuid NOT NULL REFERENCES tools,
    policy text NOT NULL REFERENCES policies (code),
    reason text NOT NULL CHECK (reason <> ''),
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_because text,
    version bigint NOT NULL,
    CHECK (first_id < second_id),
    CHECK ((ended_at IS NULL) = (ended_because IS NULL))
);
CREATE UNIQUE INDEX tool_separations_once ON tool_separations (first_id, second_id) WHERE ended_at IS NULL;
CREATE INDEX tool_separations_second ON tool_separations (second_id) WHERE ended_at IS NULL;
