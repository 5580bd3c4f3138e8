-- The seal covers every field now, each told apart from the next. What was sealed before keeps the form it was sealed in.
ALTER TABLE sealed ADD COLUMN form smallint NOT NULL DEFAULT 1;
ALTER TABLE sealed ALTER COLUMN form SET DEFAULT 2;
