"""Exceptions from policies."""
