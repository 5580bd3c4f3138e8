-- A use case is looked at again; those that are registered a year after they were.
ALTER TABLE use_cases ADD COLUMN review_by date;
UPDATE use_cases SET review_by = (registered_at AT TIME ZONE 'UTC')::date + 365 WHERE retired_at IS NULL;
CREATE INDEX use_cases_to_review ON use_cases (review_by) WHERE retired_at IS NULL;
