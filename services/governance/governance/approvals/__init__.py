"""Consent in stages."""
