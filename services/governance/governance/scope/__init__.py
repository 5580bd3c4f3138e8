"""Scope: the uses that a tool is allowed for."""
