"""What stopping a tool would do to training."""
