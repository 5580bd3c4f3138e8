"""Tools that nobody may have together."""
