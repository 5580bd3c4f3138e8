"""Figures pinned for a review."""
