-- Access that is asked to be extended before it ends, and access that a transfer left outside the scope.
ALTER TABLE access_requests ADD COLUMN extends uuid REFERENCES access_grants,
    DROP CONSTRAINT access_requests_status_check,
    ADD CONSTRAINT access_requests_status_check CHECK (status IN ('pending_prerequisites', 'pending_approval', 'fulfilled',
        'extended', 'denied', 'expired', 'withdrawn', 'cancelled'));
ALTER TABLE access_grants ADD COLUMN extensions int NOT NULL DEFAULT 0, ADD COLUMN handover_until timestamptz;
