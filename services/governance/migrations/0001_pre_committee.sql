-- Terms of the executive sponsor; exactly one is active.
CREATE TABLE sponsors (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    appointed_by text NOT NULL,
    effective_from timestamptz NOT NULL,
    ended_at timestamptz,
    version bigint NOT NULL,
    CHECK (ended_at >= effective_from)
);
CREATE UNIQUE INDEX sponsors_one_active ON sponsors ((true)) WHERE ended_at IS NULL;
CREATE INDEX sponsors_by_start ON sponsors (effective_from DESC);

-- Named holders of enterprise roles.
CREATE TABLE officers (
    id uuid PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('ai_steward', 'compliance_officer')),
    employee_id text NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz,
    version bigint NOT NULL,
    CHECK (to_at >= from_at)
);
CREATE UNIQUE INDEX officers_once ON officers (role, employee_id) WHERE to_at IS NULL;
CREATE INDEX officers_of ON officers (employee_id) WHERE to_at IS NULL;

CREATE TABLE committees (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    chair_id text,
    quorum_kind text NOT NULL CHECK (quorum_kind IN ('fraction', 'count')),
    quorum_value text NOT NULL,
    pass_rule text NOT NULL CHECK (pass_rule IN ('simple', 'two_thirds', 'unanimous')),
    chair_casting_vote boolean NOT NULL,
    version bigint NOT NULL
);
CREATE TABLE committee_members (
    committee_id uuid NOT NULL REFERENCES committees,
    employee_id text NOT NULL,
    voting boolean NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz,
    PRIMARY KEY (committee_id, employee_id, from_at),
    CHECK (to_at >= from_at)
);
CREATE UNIQUE INDEX committee_members_once ON committee_members (committee_id, employee_id) WHERE to_at IS NULL;
CREATE INDEX committee_members_of ON committee_members (employee_id) WHERE to_at IS NULL;

CREATE TABLE motions (
    id uuid PRIMARY KEY,
    committee_id uuid NOT NULL REFERENCES committees,
    decision_type text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    title text NOT NULL,
    terms jsonb,
    proposer_id text NOT NULL,
    opened_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('open', 'passed', 'failed', 'no_quorum', 'withdrawn')),
    closed_at timestamptz,
    count jsonb,
    version bigint NOT NULL,
    CHECK (closes_at > opened_at),
    CHECK ((outcome = 'open') = (closed_at IS NULL))
);
CREATE INDEX motions_of ON motions (committee_id, id);
CREATE INDEX motions_about ON motions (subject_kind, subject_id, id);
CREATE TABLE recusals (
    motion_id uuid NOT NULL REFERENCES motions,
    employee_id text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (motion_id, employee_id)
);
CREATE TABLE votes (
    motion_id uuid NOT NULL REFERENCES motions,
    employee_id text NOT NULL,
    choice text NOT NULL CHECK (choice IN ('yes', 'no', 'abstain')),
    at timestamptz NOT NULL,
    comment text,
    PRIMARY KEY (motion_id, employee_id)
);

-- Append-only; a motion is carried out once.
CREATE TABLE decisions (
    id uuid PRIMARY KEY,
    decision_type text NOT NULL,
    tier text NOT NULL CHECK (tier IN ('enterprise', 'department', 'team')),
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    outcome text NOT NULL,
    decided_by text NOT NULL,
    motion_id uuid UNIQUE REFERENCES motions,
    rationale text NOT NULL,
    evidence jsonb NOT NULL,
    dissent text[] NOT NULL,
    reverses uuid REFERENCES decisions,
    effective_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1
);
CREATE INDEX decisions_about ON decisions (subject_kind, subject_id, id);
CREATE INDEX decisions_by_type ON decisions (decision_type, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: record a new row instead', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER decisions_are_append_only BEFORE UPDATE OR DELETE ON decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
