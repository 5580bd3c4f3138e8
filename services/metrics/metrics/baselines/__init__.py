"""Baselines of pilots, frozen before they start, and what comes of the comparison."""
