SET LOCAL lock_timeout = '5s';

CREATE TABLE sops (
    id uuid PRIMARY KEY,
    process_id uuid NOT NULL REFERENCES processes,
    code text NOT NULL,
    title text NOT NULL,
    ai_path text NOT NULL CHECK (ai_path IN ('none', 'drafted', 'effective', 'blocked')),
    fallback_in_force int,
    version bigint NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT sops_code UNIQUE (code)
);
CREATE INDEX sops_process ON sops (process_id, code);

CREATE TABLE sop_versions (
    sop_id uuid NOT NULL REFERENCES sops,
    number int NOT NULL CHECK (number >= 1),
    state text NOT NULL CHECK (state IN ('draft', 'in_review', 'approved', 'effective', 'superseded', 'withdrawn')),
    change_class text NOT NULL CHECK (change_class IN ('major', 'minor')),
    author_id text NOT NULL,
    content jsonb NOT NULL,
    tool_ids uuid[] NOT NULL,
    fallback_version int,
    effective_from timestamptz,
    approvals jsonb NOT NULL,
    blocked_by uuid[] NOT NULL,
    drafted_at timestamptz NOT NULL,
    submitted_at timestamptz,
    approved_at timestamptz,
    effective_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (sop_id, number),
    FOREIGN KEY (sop_id, fallback_version) REFERENCES sop_versions (sop_id, number),
    CONSTRAINT sop_versions_flags CHECK (blocked_by <@ tool_ids),
    CONSTRAINT sop_versions_flagged CHECK (blocked_by = '{}' OR state IN ('approved', 'effective')),
    CONSTRAINT sop_versions_approved CHECK (
        state NOT IN ('approved', 'effective', 'superseded') OR jsonb_array_length(approvals) = 2
    )
);
CREATE UNIQUE INDEX sop_versions_one_effective ON sop_versions (sop_id) WHERE state = 'effective';
CREATE INDEX sop_versions_tools ON sop_versions USING gin (tool_ids) WHERE state IN ('approved', 'effective');

ALTER TABLE sops ADD FOREIGN KEY (id, fallback_in_force) REFERENCES sop_versions (sop_id, number) DEFERRABLE INITIALLY DEFERRED;
