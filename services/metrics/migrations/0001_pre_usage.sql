-- Who used what on which day, as last stated. `tool` is the id governance gave the tool, or, until that is known, the name
-- the source used. One partition a year, added in time by
-- a migration and dropped as a whole; `usage_days_other` takes what has no year of its own.
CREATE TABLE usage_days (
    day date NOT NULL,
    tool text NOT NULL CHECK (tool <> ''),
    employee_id text NOT NULL CHECK (employee_id <> ''),
    surface text NOT NULL,
    reference text NOT NULL,
    actions int NOT NULL CHECK (actions >= 0),
    sessions int CHECK (sessions >= 0),
    tokens bigint CHECK (tokens >= 0),
    stated_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (day, tool, employee_id, surface) INCLUDE (actions)
) PARTITION BY RANGE (day);
COMMENT ON COLUMN usage_days.stated_at IS 'When the source said so: an older word never replaces a newer one.';

CREATE TABLE usage_days_other PARTITION OF usage_days DEFAULT;
DO $$
BEGIN
    FOR year IN 2025..2032 LOOP
        EXECUTE format(
            'CREATE TABLE usage_days_%s PARTITION OF usage_days FOR VALUES FROM (%L) TO (%L)',
            year, make_date(year, 1, 1), make_date(year + 1, 1, 1)
        );
    END LOOP;
END
$$;
CREATE INDEX usage_days_of_employee ON usage_days (employee_id, day);
CREATE INDEX usage_days_of_tool ON usage_days (tool, day);

-- The use of a tool on a day, or of all tools (no tool), as last told to others.
CREATE TABLE daily_uses (
    id uuid PRIMARY KEY,
    tool_id uuid,
    day date NOT NULL,
    active_employees int NOT NULL CHECK (active_employees >= 0),
    actions bigint NOT NULL CHECK (actions >= 0),
    version int NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (day, tool_id)
);
