-- What an identity provider provisions by SCIM 2.0, as it gave it, and what of it the HR events have told.
CREATE TABLE scim_resources (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('User', 'Group')),
    user_name text UNIQUE CHECK ((user_name IS NULL) = (kind = 'Group')),
    employee_id text UNIQUE CHECK ((employee_id IS NULL) = (kind = 'Group')),
    resource jsonb NOT NULL,
    folded jsonb NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    told jsonb,
    version bigint NOT NULL DEFAULT 0
);
CREATE INDEX scim_resources_page ON scim_resources (kind, id);
CREATE INDEX scim_resources_filter ON scim_resources USING gin (folded jsonb_path_ops);
CREATE INDEX scim_resources_members ON scim_resources USING gin ((resource -> 'members') jsonb_path_ops) WHERE kind = 'Group';
