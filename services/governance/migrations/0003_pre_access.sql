-- What training told of people's credentials, kept whether or not anything needs it yet.
CREATE TABLE credential_periods (
    period_id text PRIMARY KEY,
    employee_id text NOT NULL,
    credential_type text NOT NULL,
    valid_from timestamptz,
    valid_until timestamptz,
    grace_until timestamptz,
    grace_ended boolean NOT NULL DEFAULT false,
    revoked boolean NOT NULL DEFAULT false
);
CREATE INDEX credential_periods_of ON credential_periods (employee_id, credential_type);

CREATE TABLE access_requests (
    id uuid PRIMARY KEY,
    employee_id text NOT NULL,
    tool_id uuid NOT NULL REFERENCES tools,
    data_class text NOT NULL CHECK (data_class IN ('PUBLIC', 'INTERNAL', 'CONFIDENTIAL', 'CLIENT')),
    context text NOT NULL CHECK (context IN ('INTERNAL', 'CLIENT_WORK', 'PUBLIC')),
    region text,
    justification text NOT NULL,
    status text NOT NULL CHECK (status IN (
        'pending_prerequisites', 'pending_approval', 'fulfilled', 'denied', 'expired', 'withdrawn', 'cancelled')),
    missing jsonb NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    valid_until timestamptz,
    approved_by text CHECK (approved_by <> employee_id),
    closed_at timestamptz,
    closed_because text,
    version bigint NOT NULL,
    CHECK ((status LIKE 'pending%') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX access_requests_once ON access_requests (employee_id, tool_id, data_class, context, coalesce(region, ''))
    WHERE closed_at IS NULL;
CREATE INDEX access_requests_of ON access_requests (employee_id, id);
CREATE INDEX access_requests_waiting ON access_requests (tool_id, id) WHERE closed_at IS NULL;

CREATE TABLE access_grants (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL UNIQUE REFERENCES access_requests,
    employee_id text NOT NULL,
    tool_id uuid NOT NULL REFERENCES tools,
    data_class text NOT NULL CHECK (data_class IN ('PUBLIC', 'INTERNAL', 'CONFIDENTIAL', 'CLIENT')),
    context text NOT NULL CHECK (context IN ('INTERNAL', 'CLIENT_WORK', 'PUBLIC')),
    region text,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz,
    suspended_for text[] NOT NULL,
    revoked_at timestamptz,
    revoked_because text,
    version bigint NOT NULL,
    CHECK (valid_until > valid_from),
    CHECK ((revoked_at IS NULL) = (revoked_because IS NULL))
);
CREATE UNIQUE INDEX access_grants_once ON access_grants (employee_id, tool_id, data_class, context, coalesce(region, ''))
    WHERE revoked_at IS NULL;
CREATE INDEX access_grants_of ON access_grants (employee_id, id);
CREATE INDEX access_grants_live ON access_grants (tool_id, id) WHERE revoked_at IS NULL;
