-- A new version of a tool is a new row that names the one it replaces; the one before gets a date on which it ends.
ALTER TABLE tools
    ADD COLUMN proposed_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN decide_by timestamptz,
    ADD COLUMN decision_overdue boolean NOT NULL DEFAULT false,
    ADD COLUMN replaces_id uuid REFERENCES tools,
    ADD COLUMN successor_id uuid REFERENCES tools,
    ADD COLUMN sunset_at timestamptz,
    ADD COLUMN sunset_decision_id uuid,
    ADD COLUMN duplicate_of uuid REFERENCES tools;
ALTER TABLE tools ALTER COLUMN proposed_at DROP DEFAULT, ALTER COLUMN decision_overdue DROP DEFAULT;
CREATE INDEX tools_replacing ON tools (replaces_id) WHERE replaces_id IS NOT NULL;
