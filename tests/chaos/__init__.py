"""Faults while the whole platform runs, and the proof that nothing was lost and nothing happened twice."""
