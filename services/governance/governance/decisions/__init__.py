"""The record of what was decided."""
