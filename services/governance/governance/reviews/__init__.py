"""Access is looked at again."""
