-- Some of several named people consent to access to a tool: who, and how many of them.
ALTER TABLE tools ADD COLUMN panel jsonb;
