"""Processes, standard operating procedures and their controls."""
