"""What changes here because of incidents, and who does it (C9)."""
