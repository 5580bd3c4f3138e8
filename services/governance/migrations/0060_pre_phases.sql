-- Phases of the programme that began, and the events that prove their criteria.
CREATE TABLE phases (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code IN ('foundation', 'pilot', 'scale', 'evolve')),
    entered_at timestamptz NOT NULL,
    ready_at timestamptz,
    completed_at timestamptz,
    completed_by text,
    version bigint NOT NULL,
    CHECK ((completed_at IS NULL) = (completed_by IS NULL)),
    CHECK (completed_at IS NULL OR ready_at IS NOT NULL),
    CHECK (code <> 'evolve' OR completed_at IS NULL)
);
CREATE UNIQUE INDEX phases_one_goes_on ON phases ((true)) WHERE completed_at IS NULL;
CREATE TABLE phase_facts (
    criterion text NOT NULL,
    subject text NOT NULL,
    event_id text NOT NULL,
    event_type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (criterion, subject)
);
