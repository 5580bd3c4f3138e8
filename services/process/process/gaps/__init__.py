"""What pilots show to be missing in the operating model."""
