"""What a department decides for itself: it narrows, it never widens."""
