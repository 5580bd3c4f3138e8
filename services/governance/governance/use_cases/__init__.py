"""What departments use AI for."""
