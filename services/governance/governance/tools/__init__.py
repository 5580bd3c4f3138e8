"""AI tools and what they may be used for."""
