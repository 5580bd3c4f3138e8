-- Reviews that came due. A missed one stays, whether or not it is held afterwards.
CREATE TABLE cadence_occurrences (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('monthly_metrics_review', 'quarterly_review')),
    period text NOT NULL,
    due_at timestamptz NOT NULL,
    agenda jsonb NOT NULL,
    snapshot jsonb,
    missed_at timestamptz,
    held_at timestamptz,
    held_by text,
    findings text[] NOT NULL,
    actions jsonb NOT NULL,
    version bigint NOT NULL,
    UNIQUE (kind, period),
    CHECK ((held_at IS NULL) = (held_by IS NULL)),
    CHECK (held_at IS NULL OR cardinality(findings) > 0),
    CHECK (held_at IS NULL OR kind <> 'monthly_metrics_review' OR snapshot IS NOT NULL)
);
CREATE INDEX cadence_occurrences_latest ON cadence_occurrences (due_at DESC, id DESC);
CREATE INDEX cadence_occurrences_missed ON cadence_occurrences (missed_at) WHERE missed_at IS NOT NULL;
-- Where there is a sponsor already, the calendar begins now.
INSERT INTO due_dates (kind, id, at)
SELECT 'cadence-comes', kind, (date_trunc(unit, now() AT TIME ZONE 'UTC') + step) AT TIME ZONE 'UTC'
FROM (VALUES ('monthly_metrics_review', 'month', interval '1 month'), ('quarterly_review', 'quarter', interval '3 months'))
    AS calendar (kind, unit, step)
WHERE EXISTS (SELECT FROM sponsors WHERE ended_at IS NULL)
ON CONFLICT DO NOTHING;
