"""The governance committee, its motions and votes."""
