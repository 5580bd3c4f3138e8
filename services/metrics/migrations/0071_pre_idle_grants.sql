SET LOCAL lock_timeout = '5s';

-- The latest spell without use that was told of a grant, so that each spell is told once.
CREATE TABLE idle_spells (
    grant_id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    tool_id uuid NOT NULL,
    idle_since date NOT NULL,
    last_used_on date,
    version int NOT NULL CHECK (version >= 1)
);

-- The days on which all grants were looked at.
CREATE TABLE idle_looks (
    day date PRIMARY KEY
);
