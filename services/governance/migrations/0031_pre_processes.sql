-- What the process service told of its processes and of the standards that hold. Its events come in no order between
-- the two, so neither row refers to the other.
CREATE TABLE processes (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    name text NOT NULL,
    department_id text NOT NULL,
    owner_id text,
    retired boolean NOT NULL
);
CREATE INDEX processes_named ON processes (lower(name));
CREATE INDEX processes_coded ON processes (lower(code));
CREATE TABLE standards (
    sop_id uuid PRIMARY KEY,
    process_id uuid NOT NULL,
    version int NOT NULL,
    tool_ids uuid[] NOT NULL
);
CREATE INDEX standards_of ON standards (process_id, sop_id);
CREATE INDEX standards_using ON standards USING gin (tool_ids);
