"""Which groups are too small for their figures to be shown (M18)."""
