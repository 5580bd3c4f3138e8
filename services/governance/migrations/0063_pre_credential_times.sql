-- When it was told that a credential period exists, that its grace ended and that it was taken away; what was told before
-- this column is not known, and then counts for all times.
ALTER TABLE credential_periods
    ADD COLUMN told_at timestamptz,
    ADD COLUMN grace_ended_at timestamptz,
    ADD COLUMN revoked_at timestamptz;
CREATE INDEX department_restrictions_history ON department_restrictions (department_id, imposed_on);
