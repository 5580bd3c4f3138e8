"""Meetings of the committee."""
