"""Policies and their acknowledgement."""
