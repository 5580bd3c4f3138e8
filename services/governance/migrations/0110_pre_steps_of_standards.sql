SET LOCAL lock_timeout = '5s';

-- The numbers of the steps that the effective version of a procedure has; none when it was told of before its steps were.
ALTER TABLE standards ADD COLUMN steps int[] NOT NULL DEFAULT '{}';
