"""Whether a person may use a tool, and why not."""
