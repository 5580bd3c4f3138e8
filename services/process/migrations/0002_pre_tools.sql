SET LOCAL lock_timeout = '5s';

-- The version of the tool at which each kind of fact last happened; 0 = never. Any order of events gives the same row.
CREATE TABLE tools (
    id uuid PRIMARY KEY,
    code text,
    name text,
    approved_at bigint NOT NULL DEFAULT 0,
    suspended_at bigint NOT NULL DEFAULT 0,
    reinstated_at bigint NOT NULL DEFAULT 0,
    retired_at bigint NOT NULL DEFAULT 0
);
