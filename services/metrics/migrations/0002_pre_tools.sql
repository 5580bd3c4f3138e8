-- The tools of governance's registry, so that usage stated under a code finds its tool.
CREATE TABLE tools (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    name text,
    approved boolean NOT NULL DEFAULT false,
    known_at timestamptz NOT NULL
);
CREATE INDEX tools_code ON tools (code);

-- What governance did to a tool, and for how long it held.
CREATE TABLE annotations (
    id uuid PRIMARY KEY,
    tool_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('approved', 'suspended', 'reinstated')),
    from_time timestamptz NOT NULL,
    to_time timestamptz,
    CHECK (to_time >= from_time)
);
CREATE INDEX annotations_tool ON annotations (tool_id, from_time);
CREATE UNIQUE INDEX annotations_open ON annotations (tool_id) WHERE to_time IS NULL;
