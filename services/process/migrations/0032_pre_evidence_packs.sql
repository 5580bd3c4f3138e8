SET LOCAL lock_timeout = '5s';

CREATE TABLE evidence_packs (
    id uuid PRIMARY KEY,
    pilot_id uuid NOT NULL REFERENCES pilots,
    verdict text NOT NULL,
    content jsonb NOT NULL,
    content_hash text NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX evidence_packs_pilot ON evidence_packs (pilot_id, id);

-- What a decision cites stays as it was.
CREATE FUNCTION evidence_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an evidence pack is never changed or deleted';
END $$;
CREATE TRIGGER evidence_packs_stay BEFORE UPDATE OR DELETE ON evidence_packs
    FOR EACH ROW EXECUTE FUNCTION evidence_stays();
