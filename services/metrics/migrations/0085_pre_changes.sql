SET LOCAL lock_timeout = '5s';

-- Approvals of tools, and versions of procedures that took effect: `subject_id` is the tool, or the procedure's process.
CREATE TABLE changes (
    event_id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('tool', 'procedure')),
    subject_id uuid NOT NULL,
    sop_id uuid,
    sop_version int,
    made_at timestamptz NOT NULL,
    taken_back_at timestamptz,
    CHECK (num_nulls(sop_id, sop_version) = CASE kind WHEN 'procedure' THEN 0 ELSE 2 END)
);
CREATE INDEX changes_of ON changes (kind, subject_id, made_at);
CREATE INDEX changes_made ON changes (made_at);
CREATE INDEX changes_of_version ON changes (sop_id, sop_version) WHERE sop_id IS NOT NULL;

-- Incidents with AI as far as they are measured.
CREATE TABLE incidents (
    id uuid PRIMARY KEY,
    tool_id uuid,
    process_id uuid,
    opened_at timestamptz NOT NULL,
    contained_at timestamptz
);
CREATE INDEX incidents_of_tool ON incidents (tool_id, opened_at);
CREATE INDEX incidents_of_process ON incidents (process_id, opened_at);
CREATE INDEX incidents_contained ON incidents (contained_at) WHERE contained_at IS NOT NULL;
