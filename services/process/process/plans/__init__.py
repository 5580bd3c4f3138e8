"""What a pilot sets out to show."""
