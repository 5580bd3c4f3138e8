"""Which tools teams prefer."""
