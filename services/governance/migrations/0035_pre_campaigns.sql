-- An acknowledgement may be good for some days only, then it is given anew; saying no is kept as well.
ALTER TABLE policy_editions ADD COLUMN valid_for_days int CHECK (valid_for_days > 0);
ALTER TABLE acknowledgements DROP CONSTRAINT acknowledgements_employee_id_policy_number_key;
CREATE INDEX acknowledgements_of ON acknowledgements (employee_id, policy, number, at DESC);
CREATE TABLE policy_declines (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    policy text NOT NULL,
    number int NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    at timestamptz NOT NULL,
    version bigint NOT NULL,
    FOREIGN KEY (policy, number) REFERENCES policy_editions (code, number)
);
CREATE INDEX policy_declines_of ON policy_declines (policy, employee_id, at DESC);
