"""Deciding for somebody else, for a time."""
