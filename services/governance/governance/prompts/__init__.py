"""Prompts that teams share."""
