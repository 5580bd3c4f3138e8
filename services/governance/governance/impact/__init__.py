"""What a decision about a tool would do, before it is made."""
