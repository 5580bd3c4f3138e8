-- Somebody decides for somebody else, between two moments.
CREATE TABLE delegations (
    id uuid PRIMARY KEY,
    decision_type text NOT NULL,
    from_id text NOT NULL,
    to_id text NOT NULL CHECK (to_id <> from_id),
    department_id text,
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    ended_at timestamptz,
    version bigint NOT NULL,
    CHECK (until_at > from_at AND until_at <= from_at + interval '92 days')
);
CREATE INDEX delegations_to ON delegations (to_id, decision_type) WHERE ended_at IS NULL;
CREATE INDEX delegations_from ON delegations (from_id, id);
