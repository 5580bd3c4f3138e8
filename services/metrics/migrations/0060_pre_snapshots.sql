-- Figures pinned for reviews; the text is what the hash is of.
CREATE TABLE snapshots (
    id uuid PRIMARY KEY,
    occurrence_id uuid NOT NULL UNIQUE,
    as_of date NOT NULL,
    taken_at timestamptz NOT NULL,
    figures text NOT NULL,
    content_hash text NOT NULL CHECK (content_hash = encode(sha256(convert_to(figures, 'UTF8')), 'hex')),
    version bigint NOT NULL
);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: record a new row instead', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER snapshots_are_immutable BEFORE UPDATE OR DELETE ON snapshots
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
