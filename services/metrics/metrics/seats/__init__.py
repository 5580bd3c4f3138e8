"""Who holds a seat, and since when: the denominators of the adoption rate."""
