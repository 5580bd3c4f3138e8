"""How the sponsor leads, and whether the model is alive."""
