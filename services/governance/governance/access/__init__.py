"""Who may use a tool, for what, and why not."""
