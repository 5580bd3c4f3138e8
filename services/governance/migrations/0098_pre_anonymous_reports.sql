-- Who reports an incident without a name is not kept; the department is, where five people or more work there.
ALTER TABLE incidents
    ADD COLUMN anonymous boolean NOT NULL DEFAULT false,
    ADD COLUMN reporter_department_id text,
    ADD CONSTRAINT incidents_anonymous_check CHECK (NOT anonymous OR reported_by IS NULL),
    ADD CONSTRAINT incidents_reporter_department_check CHECK (anonymous OR reporter_department_id IS NULL);
