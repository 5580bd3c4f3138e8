-- Who let the own date to acknowledge a version pass: told once. A decline may ask for an exception in the same word.
CREATE TABLE late_acknowledgements (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    policy text NOT NULL,
    number int NOT NULL,
    due_at timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    UNIQUE (policy, number, employee_id),
    FOREIGN KEY (policy, number) REFERENCES policy_editions (code, number)
);
ALTER TABLE policy_declines ADD COLUMN exception_id uuid REFERENCES policy_exceptions;
CREATE INDEX policy_exceptions_from ON policy_exceptions (policy, employee_id) WHERE status IN ('requested', 'active');
