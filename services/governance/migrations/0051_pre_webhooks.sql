-- Addresses that teams want events delivered to, and each delivery with what became of it.
CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    url text NOT NULL,
    types text[] NOT NULL,
    secret text NOT NULL,
    owner_id text NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'disabled', 'ended')),
    reason text,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX webhooks_by_type ON webhooks USING gin (types) WHERE status = 'active';
CREATE INDEX webhooks_by_owner ON webhooks (owner_id, id);
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES webhooks,
    event_id text NOT NULL,
    type text NOT NULL,
    body text NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    give_up_at timestamptz NOT NULL,
    next_attempt_at timestamptz,
    answered integer,
    error text,
    settled_at timestamptz
);
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook_id, id DESC);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE status = 'pending';
