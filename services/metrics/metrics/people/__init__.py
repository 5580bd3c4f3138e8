"""What a person may see of themselves, and where they are counted."""
