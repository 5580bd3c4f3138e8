"""Figures that say what they count, and why when they say nothing."""
