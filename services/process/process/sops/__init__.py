"""Standard operating procedures as controlled documents with versions."""
