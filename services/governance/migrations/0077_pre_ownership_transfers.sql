-- What somebody answered for who left: to be given to somebody else within days, else to the leader of the department.
ALTER TABLE prompts ADD COLUMN owner_id text;
UPDATE prompts SET owner_id = author_id;
CREATE INDEX prompts_of_owner ON prompts (owner_id) WHERE NOT retired;
CREATE INDEX processes_of_owner ON processes (owner_id) WHERE NOT retired;
CREATE VIEW owned_things AS
    SELECT 'tool' AS kind, id::text AS id, name AS title, owner_id, NULL::text AS department_id, NULL::text AS team_id
    FROM tools WHERE status <> 'retired'
    UNION ALL
    SELECT 'use_case', id::text, title, owner_id, department_id, NULL FROM use_cases WHERE retired_at IS NULL
    UNION ALL
    SELECT 'policy', code, title, owner_id, department_id, NULL FROM policies WHERE withdrawn_at IS NULL
    UNION ALL
    SELECT 'incident', id::text, title, accountable_id, NULL, NULL FROM incidents WHERE status <> 'closed'
    UNION ALL
    SELECT 'prompt', id::text, title, owner_id, department_id, team_id FROM prompts WHERE NOT retired
    UNION ALL
    SELECT 'process', id::text, name, owner_id, department_id, NULL FROM processes WHERE NOT retired;
CREATE TABLE ownership_transfers (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('tool', 'use_case', 'policy', 'incident', 'prompt', 'process')),
    subject_id text NOT NULL,
    title text NOT NULL,
    department_id text,
    left_id text NOT NULL,
    asked text[] NOT NULL,
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    closed_at timestamptz,
    outcome text CHECK (outcome IN ('named', 'defaulted', 'returned', 'ended')),
    owner_id text,
    version bigint NOT NULL,
    CHECK ((closed_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX ownership_transfers_one_at_a_time ON ownership_transfers (kind, subject_id) WHERE closed_at IS NULL;
CREATE INDEX ownership_transfers_asked ON ownership_transfers USING gin (asked) WHERE closed_at IS NULL;
