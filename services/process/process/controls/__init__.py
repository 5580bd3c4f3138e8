"""What a procedure consists of, and the controls that every step done by AI must have."""
