"""The phases of the programme."""
