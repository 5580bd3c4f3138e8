SET LOCAL lock_timeout = '5s';

-- A unit of work that was completed, as last told. `process` is the name that the source gives: a code or an id.
CREATE TABLE work_items (
    number text PRIMARY KEY,
    process text NOT NULL,
    opened_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    completed_at timestamptz NOT NULL,
    touched_minutes double precision NOT NULL CHECK (touched_minutes >= 0),
    path text NOT NULL CHECK (path IN ('manual', 'ai')),
    reworked boolean NOT NULL,
    reopened boolean NOT NULL,
    sla_met boolean NOT NULL,
    team_id text,
    employee_id text,
    stated_at timestamptz NOT NULL,
    CHECK (opened_at <= started_at AND started_at <= completed_at)
);
CREATE INDEX work_items_process ON work_items (process, completed_at);

-- A pilot as far as its measurement needs it.
CREATE TABLE studies (
    pilot_id uuid PRIMARY KEY,
    process_id uuid NOT NULL,
    process_code text NOT NULL,
    employee_ids text[] NOT NULL,
    kpis jsonb NOT NULL,
    planned_at timestamptz NOT NULL
);
CREATE TABLE study_pauses (
    pilot_id uuid NOT NULL,
    from_time timestamptz NOT NULL,
    to_time timestamptz,
    PRIMARY KEY (pilot_id, from_time)
);

CREATE TABLE baselines (
    id uuid PRIMARY KEY,
    pilot_id uuid NOT NULL REFERENCES studies,
    process_id uuid NOT NULL,
    metric text NOT NULL CHECK (metric IN ('cycle_time', 'touch_time', 'wait_time')),
    state text NOT NULL CHECK (state IN ('collecting', 'frozen', 'void')),
    from_time timestamptz NOT NULL,
    to_time timestamptz,
    sample double precision[],
    median double precision,
    p85 double precision,
    content_hash text,
    void_reason text,
    version bigint NOT NULL,
    UNIQUE (pilot_id, metric),
    CHECK ((state = 'void') = (void_reason IS NOT NULL)),
    CHECK (state <> 'frozen' OR num_nulls(to_time, sample, median, p85, content_hash) = 0)
);

CREATE TABLE comparisons (
    id uuid PRIMARY KEY,
    pilot_id uuid NOT NULL REFERENCES studies,
    compared_at timestamptz NOT NULL,
    result jsonb NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX comparisons_pilot ON comparisons (pilot_id, id);
