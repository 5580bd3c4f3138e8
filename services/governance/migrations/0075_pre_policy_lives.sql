-- A policy is drafted, reviewed by others than its owner, approved and only then published. It has a tier, an owner and a
-- date to look at it again, and may be withdrawn. The text of a version, its date and its audience never change.
ALTER TABLE policies
    ADD COLUMN kind text NOT NULL DEFAULT 'acceptable_use' CHECK (kind IN ('acceptable_use', 'data_handling', 'compliance')),
    ADD COLUMN department_id text REFERENCES departments,
    ADD COLUMN owner_id text,
    ADD COLUMN review_by date,
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawn_because text,
    ADD CHECK ((withdrawn_at IS NULL) = (withdrawn_because IS NULL));
UPDATE policies p SET
    owner_id = (SELECT e.published_by FROM policy_editions e WHERE e.code = p.code ORDER BY number DESC LIMIT 1),
    review_by = (SELECT max(e.published_at)::date + 365 FROM policy_editions e WHERE e.code = p.code);
INSERT INTO due_dates (kind, id, at)
    SELECT 'policy-review', code, review_by::timestamp AT TIME ZONE 'UTC' FROM policies WHERE review_by IS NOT NULL;
CREATE INDEX policies_of_owner ON policies (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX policies_to_review ON policies (review_by) WHERE withdrawn_at IS NULL;
ALTER TABLE policy_editions
    ADD COLUMN effective_from timestamptz,
    ADD COLUMN audience_departments text[] NOT NULL DEFAULT '{}',
    ADD COLUMN audience_functions text[] NOT NULL DEFAULT '{}',
    ADD COLUMN reviewed_by text[] NOT NULL DEFAULT '{}';
CREATE TABLE policy_drafts (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('acceptable_use', 'data_handling', 'compliance')),
    department_id text REFERENCES departments,
    owner_id text NOT NULL,
    author_id text NOT NULL,
    title text NOT NULL,
    content text NOT NULL CHECK (content <> ''),
    change_class text NOT NULL CHECK (change_class IN ('major', 'minor')),
    effective_from timestamptz,
    acknowledge_within_days int NOT NULL CHECK (acknowledge_within_days BETWEEN 0 AND 366),
    valid_for_days int CHECK (valid_for_days > 0),
    audience_departments text[] NOT NULL,
    audience_functions text[] NOT NULL,
    review_by date NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'in_review', 'approved', 'published', 'withdrawn')),
    reviewers text[] NOT NULL,
    approved_by text[] NOT NULL,
    returned_because text,
    number int,
    drafted_at timestamptz NOT NULL,
    version bigint NOT NULL,
    CHECK ((status = 'published') = (number IS NOT NULL)),
    CHECK (NOT reviewers @> ARRAY[owner_id]),
    CHECK (approved_by <@ reviewers),
    CHECK (status NOT IN ('approved', 'published') OR (approved_by @> reviewers AND cardinality(reviewers) > 0))
);
CREATE UNIQUE INDEX policy_drafts_one_at_a_time ON policy_drafts (code) WHERE status IN ('draft', 'in_review', 'approved');
CREATE INDEX policy_drafts_by_status ON policy_drafts (status, id);
