"""What held at a moment in the past."""
