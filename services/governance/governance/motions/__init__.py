"""Motions: how the committee decides."""
