"""Changes of how work is done with AI, and how many of them fail (M19)."""
