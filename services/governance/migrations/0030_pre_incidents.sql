-- What went wrong with AI, who answers for it and what was done.
CREATE TABLE incidents (
    id uuid PRIMARY KEY,
    title text NOT NULL,
    description text NOT NULL,
    source text NOT NULL CHECK (source IN ('employee', 'itsm')),
    reported_by text,
    ticket text UNIQUE,
    tool_id uuid REFERENCES tools,
    process_id uuid,
    circumstances jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('reported', 'triaged', 'contained', 'corrected', 'closed')),
    severity text CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    harms text[] NOT NULL,
    accountable_id text,
    accountable_because text,
    containment text,
    contained_at timestamptz,
    actions text[] NOT NULL,
    no_action_because text,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    reopened int NOT NULL,
    version bigint NOT NULL,
    CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
    CHECK (status <> 'closed' OR accountable_id IS NOT NULL),
    CHECK (status NOT IN ('corrected', 'closed') OR (cardinality(actions) > 0) <> (no_action_because IS NOT NULL))
);
CREATE INDEX incidents_of_tool ON incidents (tool_id, id);
CREATE INDEX incidents_by_status ON incidents (status, id);
CREATE INDEX incidents_of_accountable ON incidents (accountable_id, id);
CREATE INDEX incidents_of_reporter ON incidents (reported_by, id);

-- What the service desk told of its incidents. What names no tool waits for a person: nothing is guessed.
CREATE TABLE tickets (
    number text PRIMARY KEY,
    summary text NOT NULL,
    configuration_item text,
    category text,
    priority int,
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    resolved_at timestamptz,
    reopen_count int NOT NULL,
    told_at timestamptz NOT NULL,
    incident_id uuid UNIQUE REFERENCES incidents,
    dismissed_by text,
    dismissed_because text,
    CHECK (incident_id IS NULL OR dismissed_by IS NULL),
    CHECK ((dismissed_by IS NULL) = (dismissed_because IS NULL))
);
CREATE INDEX tickets_waiting ON tickets (number) WHERE incident_id IS NULL AND dismissed_by IS NULL;
