-- The last day on which somebody used a tool, as telemetry names the tool: by code or by id.
CREATE TABLE tool_use (
    employee_id text NOT NULL,
    tool text NOT NULL,
    last_day date NOT NULL,
    PRIMARY KEY (employee_id, tool)
);

-- Access is looked at again: what was granted when the review opened, who is asked about each, and what was decided.
CREATE TABLE access_reviews (
    id uuid PRIMARY KEY,
    tool_id uuid REFERENCES tools,
    department_id text,
    inactive_days int CHECK (inactive_days > 0),
    default_on_silence text NOT NULL CHECK (default_on_silence IN ('keep', 'revoke', 'recommendation')),
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    items int NOT NULL,
    completed_at timestamptz,
    version bigint NOT NULL,
    CHECK (closes_at > opened_at)
);
CREATE TABLE access_review_items (
    id uuid PRIMARY KEY,
    review_id uuid NOT NULL REFERENCES access_reviews,
    grant_id uuid NOT NULL REFERENCES access_grants,
    employee_id text NOT NULL,
    tool_id uuid NOT NULL REFERENCES tools,
    reviewer_id text CHECK (reviewer_id <> employee_id),
    last_used_on date,
    recommendation text NOT NULL CHECK (recommendation IN ('keep', 'revoke')),
    because text NOT NULL,
    decision text CHECK (decision IN ('keep', 'revoke')),
    decided_by text CHECK (decided_by <> employee_id),
    decided_at timestamptz,
    reason text,
    silent boolean NOT NULL,
    version bigint NOT NULL,
    UNIQUE (review_id, grant_id),
    CHECK ((decision IS NULL) = (decided_at IS NULL))
);
CREATE INDEX access_review_items_open ON access_review_items (review_id, id) WHERE decision IS NULL;
CREATE INDEX access_review_items_waiting ON access_review_items (reviewer_id, id) WHERE decision IS NULL;
