"""What laws and standards ask for, and the events that show it."""
