"""Versions of policies that are written and reviewed before they are published."""
