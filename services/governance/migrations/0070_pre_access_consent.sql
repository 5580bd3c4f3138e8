-- Consent to access in stages: whom a tool's conditions name, how far a request's consent is, and who is asked now.
ALTER TABLE tools DROP CONSTRAINT tools_approval_check,
    ADD CONSTRAINT tools_approval_check
        CHECK (approval IN ('none', 'line_manager', 'tool_owner', 'line_manager_then_owner'));
ALTER TABLE access_requests ADD COLUMN chain jsonb, ADD COLUMN asked text[] NOT NULL DEFAULT '{}';
CREATE INDEX access_requests_asked ON access_requests USING gin (asked) WHERE closed_at IS NULL;
CREATE INDEX access_requests_asking_nobody ON access_requests (id) WHERE status = 'pending_approval' AND asked = '{}';
-- Whoever waits for consent from before there were stages is looked at again, which asks the first of them.
INSERT INTO due_dates (kind, id, at)
SELECT DISTINCT 'access-look-again', employee_id, now() FROM access_requests WHERE status = 'pending_approval';
