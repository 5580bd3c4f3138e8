SET LOCAL lock_timeout = '5s';

-- Use that nobody had allowed, as told to others: one row for a person, a tool and a day, so that none is told twice.
CREATE TABLE ungoverned_uses (
    id uuid PRIMARY KEY,
    day date NOT NULL,
    tool text NOT NULL,
    tool_id uuid,
    employee_id text NOT NULL,
    department_id text,
    kind text NOT NULL CHECK (kind IN ('unknown_tool', 'not_approved', 'no_grant', 'suspended', 'restricted')),
    named boolean NOT NULL,
    cleared boolean NOT NULL,
    version int NOT NULL CHECK (version >= 1),
    UNIQUE (day, tool, employee_id)
);
COMMENT ON COLUMN ungoverned_uses.named IS 'Whether the person was named to others: not in a department of fewer than five.';
CREATE INDEX ungoverned_uses_of_tool ON ungoverned_uses (tool_id, employee_id, day) WHERE NOT cleared;
CREATE INDEX ungoverned_uses_of_department ON ungoverned_uses (department_id, day) WHERE NOT cleared;

-- Departments that take a tool away from their people altogether, all tools when none is named.
CREATE TABLE restrictions (
    id uuid PRIMARY KEY,
    department_id text NOT NULL,
    tool_id uuid,
    from_date date NOT NULL,
    to_date date
);
CREATE INDEX restrictions_of ON restrictions (department_id);

-- Other names of tools under which sources state use, as an officer linked them.
CREATE TABLE tool_names (
    name text PRIMARY KEY,
    tool_id uuid NOT NULL
);

ALTER TABLE seat_changes ADD COLUMN reason text;
COMMENT ON COLUMN seat_changes.reason IS 'Why governance suspended or revoked the grant.';
