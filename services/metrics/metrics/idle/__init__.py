"""Grants that are not used (M05, C14)."""
