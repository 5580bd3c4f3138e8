-- What departments use AI for, what teams share, and which tools they prefer.
CREATE TABLE use_cases (
    id uuid PRIMARY KEY,
    department_id text NOT NULL,
    title text NOT NULL CHECK (title <> ''),
    purpose text NOT NULL,
    tool_ids uuid[] NOT NULL CHECK (cardinality(tool_ids) > 0),
    process_id uuid,
    data_class text NOT NULL CHECK (data_class IN ('PUBLIC', 'INTERNAL', 'CONFIDENTIAL', 'CLIENT')),
    context text NOT NULL CHECK (context IN ('INTERNAL', 'CLIENT_WORK', 'PUBLIC')),
    owner_id text,
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL,
    retired_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX use_cases_of ON use_cases (department_id, id);
CREATE INDEX use_cases_of_owner ON use_cases (owner_id) WHERE retired_at IS NULL;
CREATE INDEX use_cases_using ON use_cases USING gin (tool_ids);

CREATE TABLE prompts (
    id uuid PRIMARY KEY,
    team_id text NOT NULL,
    department_id text,
    author_id text NOT NULL,
    title text NOT NULL CHECK (title <> ''),
    tool_ids uuid[] NOT NULL,
    visibility text NOT NULL CHECK (visibility IN ('private', 'team', 'department', 'enterprise')),
    forked_from uuid REFERENCES prompts,
    number int NOT NULL,
    endorsed_by text,
    retired boolean NOT NULL,
    shared_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX prompts_of_team ON prompts (team_id, id);
CREATE INDEX prompts_of_department ON prompts (department_id, id);
CREATE INDEX prompts_by_visibility ON prompts (visibility, id);
CREATE INDEX prompts_using ON prompts USING gin (tool_ids);
CREATE TABLE prompt_texts (
    prompt_id uuid NOT NULL REFERENCES prompts,
    number int NOT NULL,
    body text NOT NULL CHECK (body <> ''),
    written_by text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (prompt_id, number)
);
CREATE TRIGGER prompt_texts_are_immutable BEFORE UPDATE OR DELETE ON prompt_texts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TABLE prompt_ratings (
    prompt_id uuid NOT NULL REFERENCES prompts,
    employee_id text NOT NULL,
    stars int NOT NULL CHECK (stars BETWEEN 1 AND 5),
    at timestamptz NOT NULL,
    PRIMARY KEY (prompt_id, employee_id)
);

CREATE TABLE team_preferences (
    team_id text PRIMARY KEY,
    tool_ids uuid[] NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    version bigint NOT NULL
);
