"""What a suspension would touch."""
