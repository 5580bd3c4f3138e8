-- What departments take away for themselves; at most one active for a tool, and one for every tool.
CREATE TABLE department_restrictions (
    id uuid PRIMARY KEY,
    department_id text NOT NULL,
    tool_id uuid REFERENCES tools,
    removed jsonb NOT NULL,
    remaining jsonb,
    reason text NOT NULL CHECK (reason <> ''),
    review_by date NOT NULL,
    imposed_by text NOT NULL,
    imposed_on date NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'lapsed', 'lifted')),
    version bigint NOT NULL,
    CHECK (review_by > imposed_on AND review_by <= imposed_on + 90)
);
CREATE UNIQUE INDEX department_restrictions_once ON department_restrictions (department_id, tool_id) NULLS NOT DISTINCT
    WHERE status = 'active';
CREATE INDEX department_restrictions_of ON department_restrictions (department_id, id);
