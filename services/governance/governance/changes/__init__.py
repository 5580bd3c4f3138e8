"""What changed in the operating model."""
