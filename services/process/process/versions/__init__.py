"""One version of a procedure: its life, its signatures and what blocks it."""
