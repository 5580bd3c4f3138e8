-- Who is asked first in an access review; the other is asked where that one is missing.
ALTER TABLE access_reviews ADD COLUMN reviewers text NOT NULL DEFAULT 'line_manager'
    CHECK (reviewers IN ('line_manager', 'tool_owner'));
