-- What is taught. `edition` is the number of the published content; an edition never changes.
CREATE TABLE courses (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    tier text NOT NULL CHECK (tier IN ('universal', 'role', 'leadership')),
    edition int NOT NULL DEFAULT 0 CHECK (edition >= 0),
    draft jsonb,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK (edition > 0 OR draft IS NOT NULL)
);

CREATE TABLE course_editions (
    course_id uuid NOT NULL REFERENCES courses,
    edition int NOT NULL CHECK (edition > 0),
    title text NOT NULL,
    depth text NOT NULL CHECK (depth IN ('awareness', 'working', 'expert')),
    duration_minutes int CHECK (duration_minutes > 0),
    pass_mark double precision CHECK (pass_mark BETWEEN 0 AND 1),
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    PRIMARY KEY (course_id, edition)
);

CREATE TABLE curricula (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    tier text NOT NULL CHECK (tier IN ('universal', 'role', 'leadership')),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE curriculum_steps (
    curriculum text NOT NULL REFERENCES curricula (code),
    position int NOT NULL,
    course text NOT NULL REFERENCES courses (code),
    mandatory boolean NOT NULL,
    PRIMARY KEY (curriculum, position),
    UNIQUE (curriculum, course)
);
CREATE INDEX curriculum_steps_course ON curriculum_steps (course);

CREATE TABLE credential_types (
    id text PRIMARY KEY,
    name text NOT NULL,
    tier text NOT NULL CHECK (tier IN ('universal', 'role', 'leadership')),
    curriculum text NOT NULL REFERENCES curricula (code),
    validity_days int CHECK (validity_days > 0),
    recert_window_days int NOT NULL CHECK (recert_window_days >= 0),
    grace_days int NOT NULL CHECK (grace_days >= 0),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX credential_types_curriculum ON credential_types (curriculum);

-- Who must hold what. A tool's condition may name a credential that is defined only later, so it is no foreign key.
CREATE TABLE requirements (
    id uuid PRIMARY KEY,
    tier text NOT NULL CHECK (tier IN ('enterprise', 'department')),
    origin_kind text NOT NULL CHECK (origin_kind IN ('universal', 'department_rule', 'tool_condition', 'committee')),
    origin_ref text NOT NULL,
    department_id text,
    job_function text,
    people_managers boolean NOT NULL,
    tool_id uuid,
    credential_type text NOT NULL,
    due_days int NOT NULL CHECK (due_days > 0),
    declared_by text NOT NULL,
    active_from timestamptz NOT NULL,
    withdrawn_at timestamptz,
    version bigint NOT NULL,
    CHECK ((tool_id IS NOT NULL) = (origin_kind = 'tool_condition')),
    CHECK (tier = 'enterprise' OR department_id IS NOT NULL)
);
CREATE UNIQUE INDEX requirements_active ON requirements
    (credential_type, origin_kind, origin_ref, department_id, job_function, people_managers)
    NULLS NOT DISTINCT WHERE withdrawn_at IS NULL;

-- What governance tells of its tools and of those who ask for them.
CREATE TABLE tools (
    id uuid PRIMARY KEY,
    name text,
    credential_types text[] NOT NULL DEFAULT '{}',
    suspended_at timestamptz
);

CREATE TABLE tool_needs (
    request_id uuid PRIMARY KEY,
    employee_id text,
    tool_id uuid,
    missing text[] NOT NULL DEFAULT '{}',
    due_at timestamptz,
    grant_id uuid UNIQUE,
    closed_at timestamptz
);
COMMENT ON TABLE tool_needs IS 'An access request, then the grant it led to: why somebody needs the credentials of a tool.';
CREATE INDEX tool_needs_employee ON tool_needs (employee_id) WHERE closed_at IS NULL;
CREATE INDEX tool_needs_tool ON tool_needs (tool_id) WHERE closed_at IS NULL;
CREATE INDEX tool_needs_missing ON tool_needs USING gin (missing) WHERE closed_at IS NULL;

-- One row for each person, locked by whatever changes their training, so that such changes follow one another.
CREATE TABLE learners (employee_id text PRIMARY KEY);

CREATE TABLE assignments (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL REFERENCES learners,
    credential_type text NOT NULL REFERENCES credential_types,
    assigned_at timestamptz NOT NULL,
    started_at timestamptz,
    satisfied_at timestamptz,
    satisfied_until timestamptz,
    reopened_due_at timestamptz,
    waived_until timestamptz,
    waiver_reason text,
    waived_by text,
    cancelled_at timestamptz,
    cancelled_reason text,
    version bigint NOT NULL,
    CHECK (num_nulls(waived_until, waiver_reason, waived_by) IN (0, 3)),
    CHECK ((cancelled_at IS NULL) = (cancelled_reason IS NULL)),
    CHECK (satisfied_at IS NOT NULL OR satisfied_until IS NULL)
);
CREATE UNIQUE INDEX assignments_open ON assignments (employee_id, credential_type) WHERE cancelled_at IS NULL;
CREATE INDEX assignments_employee ON assignments (employee_id, assigned_at);
CREATE INDEX assignments_credential_type ON assignments (credential_type, employee_id);

CREATE TABLE assignment_origins (
    assignment_id uuid NOT NULL REFERENCES assignments,
    kind text NOT NULL CHECK (kind IN ('universal', 'department_rule', 'tool_condition', 'committee')),
    ref text NOT NULL,
    reason text NOT NULL,
    due_at timestamptz NOT NULL,
    paused_at timestamptz,
    PRIMARY KEY (assignment_id, kind, ref)
);

CREATE TABLE attempts (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL REFERENCES learners,
    course text NOT NULL REFERENCES courses (code),
    edition int NOT NULL,
    source text NOT NULL CHECK (source IN ('lms', 'recorded')),
    statement_id text UNIQUE,
    passed boolean NOT NULL,
    score double precision CHECK (score BETWEEN -1 AND 1),
    completed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    voided_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX attempts_employee ON attempts (employee_id, course);

-- Statements that were voided, also before they came themselves.
CREATE TABLE voided_statements (statement_id text PRIMARY KEY, voided_at timestamptz NOT NULL);

-- Periods of certification. Dates are facts; the status is derived from them.
CREATE TABLE certification_periods (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL REFERENCES learners,
    credential_type text NOT NULL REFERENCES credential_types,
    window_start timestamptz,
    certified_at timestamptz NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz CHECK (valid_until > valid_from),
    grace_until timestamptz CHECK (grace_until >= valid_until),
    revoked_at timestamptz,
    revocation text CHECK (revocation IN ('by_decision', 'evidence_voided')),
    revoked_reason text,
    evidence uuid[] NOT NULL,
    version bigint NOT NULL,
    CHECK (num_nulls(revoked_at, revocation, revoked_reason) IN (0, 3)),
    CHECK ((valid_until IS NULL) = (grace_until IS NULL))
);
CREATE INDEX certification_periods_employee ON certification_periods (employee_id, credential_type, valid_from);
-- Nobody is certified twice at a time.
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE certification_periods ADD CONSTRAINT certification_periods_follow_one_another EXCLUDE USING gist
    (employee_id WITH =, credential_type WITH =, tstzrange(valid_from, valid_until) WITH &&) WHERE (revoked_at IS NULL);
