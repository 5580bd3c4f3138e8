-- A seat is a grant as the denominators see it; its changes are the facts, its spans are computed from them.
CREATE TABLE seats (
    grant_id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    tool_id uuid NOT NULL,
    ends_on date,
    left_on date
);
CREATE INDEX seats_employee ON seats (employee_id);

CREATE TABLE seat_changes (
    grant_id uuid NOT NULL REFERENCES seats,
    sequence bigint NOT NULL,
    happening text NOT NULL CHECK (happening IN ('granted', 'suspended', 'restored', 'revoked')),
    on_date date NOT NULL,
    PRIMARY KEY (grant_id, sequence)
);

CREATE TABLE seat_spans (
    grant_id uuid NOT NULL REFERENCES seats,
    employee_id text NOT NULL,
    tool_id uuid NOT NULL,
    from_date date NOT NULL,
    to_date date,
    PRIMARY KEY (grant_id, from_date),
    CHECK (to_date > from_date)
);
CREATE INDEX seat_spans_employee ON seat_spans (employee_id, from_date);
CREATE INDEX seat_spans_tool ON seat_spans (tool_id, from_date);
