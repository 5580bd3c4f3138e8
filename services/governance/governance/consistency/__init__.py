"""Whether the same rules are seen everywhere."""
