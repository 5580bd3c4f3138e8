-- Events that changed the operating model, of every service, as they were told.
CREATE TABLE model_changes (
    event_id text PRIMARY KEY,
    type text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    by text,
    data jsonb NOT NULL
);
CREATE INDEX model_changes_at ON model_changes (at, event_id);
CREATE INDEX model_changes_of ON model_changes (subject, at);
-- What the sponsor led or said, and when sponsorship was found passive.
CREATE TABLE sponsor_appearances (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('session', 'communication')),
    title text NOT NULL CHECK (title <> ''),
    at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX sponsor_appearances_of ON sponsor_appearances (employee_id, at);
CREATE TABLE passive_alerts (
    id uuid PRIMARY KEY,
    occurrence_id uuid NOT NULL UNIQUE REFERENCES cadence_occurrences,
    at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX access_requests_fulfilled ON access_requests (closed_at) WHERE status = 'fulfilled';
