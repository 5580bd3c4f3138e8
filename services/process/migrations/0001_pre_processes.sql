SET LOCAL lock_timeout = '5s';

CREATE TABLE processes (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    name text NOT NULL,
    department_id text NOT NULL,
    owner_id text,
    left_owner_id text,
    volume_per_month int NOT NULL CHECK (volume_per_month >= 0),
    minutes_per_unit double precision NOT NULL CHECK (minutes_per_unit > 0),
    documentation_level smallint NOT NULL CHECK (documentation_level BETWEEN 0 AND 4),
    exception_rate double precision NOT NULL CHECK (exception_rate BETWEEN 0 AND 1),
    systems text[] NOT NULL,
    data_classes text[] NOT NULL,
    measurable_kpis jsonb NOT NULL,
    priority int CHECK (priority >= 1),
    -- What the procedures bring about, and the status that follows from it and the dates; kept so that lists can filter.
    ai_path text NOT NULL CHECK (ai_path IN ('none', 'drafted', 'effective', 'blocked')),
    status text NOT NULL CHECK (
        status IN ('registered', 'audited', 'prioritised', 'in_redesign', 'ai_enabled', 'degraded', 'retired')
    ),
    registered_at timestamptz NOT NULL,
    audited_at timestamptz,
    prioritised_at timestamptz,
    retired_at timestamptz,
    version bigint NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL,
    CONSTRAINT processes_code UNIQUE (code),
    CONSTRAINT processes_retired CHECK ((status = 'retired') = (retired_at IS NOT NULL))
);
CREATE UNIQUE INDEX processes_priority ON processes (department_id, priority) WHERE priority IS NOT NULL;
CREATE INDEX processes_department ON processes (department_id, code);
CREATE INDEX processes_owner ON processes (owner_id, code);
CREATE INDEX processes_left_owner ON processes (left_owner_id) WHERE left_owner_id IS NOT NULL;
CREATE INDEX processes_status ON processes (status, code);
