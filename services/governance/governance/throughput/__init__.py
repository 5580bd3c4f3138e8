"""How fast governance is."""
