CREATE TABLE tools (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text NOT NULL,
    vendor text NOT NULL,
    model_version text NOT NULL,
    hosting text NOT NULL,
    purpose text NOT NULL,
    owner_id text,
    proposed_by text NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'under_review', 'approved', 'rejected', 'suspended', 'retired')),
    assessment jsonb NOT NULL,
    scope jsonb NOT NULL,
    credential_types text[] NOT NULL,
    policy_ids text[] NOT NULL,
    approval text NOT NULL CHECK (approval IN ('none', 'line_manager')),
    review_by date,
    review_overdue boolean NOT NULL,
    suspension jsonb,
    version bigint NOT NULL,
    CHECK ((status = 'suspended') = (suspension IS NOT NULL)),
    CHECK (status <> 'approved' OR jsonb_array_length(scope) > 0)
);
CREATE INDEX tools_by_status ON tools (status, id);
CREATE INDEX tools_name ON tools (lower(name) text_pattern_ops);
CREATE INDEX tools_of_owner ON tools (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX tools_needing_policy ON tools USING gin (policy_ids);

CREATE TABLE policies (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    title text NOT NULL,
    version bigint NOT NULL
);
CREATE TABLE policy_editions (
    code text NOT NULL REFERENCES policies (code),
    number int NOT NULL CHECK (number > 0),
    change_class text NOT NULL CHECK (change_class IN ('major', 'minor')),
    content text NOT NULL,
    content_hash text NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    acknowledge_by timestamptz NOT NULL,
    PRIMARY KEY (code, number),
    CHECK (content_hash = encode(sha256(convert_to(content, 'UTF8')), 'hex'))
);
CREATE TRIGGER policy_editions_are_immutable BEFORE UPDATE OR DELETE ON policy_editions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TABLE acknowledgements (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    policy text NOT NULL,
    number int NOT NULL,
    at timestamptz NOT NULL,
    version bigint NOT NULL,
    UNIQUE (employee_id, policy, number),
    FOREIGN KEY (policy, number) REFERENCES policy_editions (code, number)
);
CREATE INDEX acknowledgements_of_policy ON acknowledgements (policy, number);
