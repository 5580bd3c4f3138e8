-- Grants that metrics told of as not used, until a review looks at them.
CREATE TABLE idle_grants (
    grant_id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    tool_id uuid NOT NULL,
    idle_days int NOT NULL CHECK (idle_days >= 0),
    last_used_on date,
    told_at timestamptz NOT NULL
);
