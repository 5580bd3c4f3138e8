-- A tool's open needs lead to the assignments they are the reason of.
CREATE INDEX assignment_origins_of_request ON assignment_origins (ref) WHERE kind = 'tool_condition';
