"""Curricula, requirements, assignments and credentials."""
