"""Who may decide what about processes and procedures."""
