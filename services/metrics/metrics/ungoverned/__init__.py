"""Use that nobody had allowed: of tools nobody approved, or by people without a grant (G30, C12)."""
