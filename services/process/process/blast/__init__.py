"""What stopping a tool would do to procedures."""
