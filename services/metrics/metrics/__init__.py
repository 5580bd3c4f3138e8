"""Adoption, efficiency and outcome figures."""
