"""How far AI use has spread: users, rates, frequency and breadth, as of a day."""
