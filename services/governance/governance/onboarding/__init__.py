"""Bringing departments into the operating model, wave by wave."""
