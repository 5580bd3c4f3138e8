-- What pilots showed to be missing, and what was refined because of it, as process told.
CREATE TABLE pilot_gaps (
    gap_id uuid PRIMARY KEY,
    pilot_id uuid NOT NULL,
    pillar text NOT NULL,
    severity text NOT NULL,
    description text NOT NULL,
    logged_at timestamptz NOT NULL,
    refined text,
    note text,
    resolved_at timestamptz,
    CHECK ((refined IS NULL) = (resolved_at IS NULL))
);
CREATE INDEX pilot_gaps_refined ON pilot_gaps (refined) WHERE refined IS NOT NULL;
