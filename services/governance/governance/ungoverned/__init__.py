"""Cases about AI use that nobody had allowed, and what becomes of them (G30, C12)."""
