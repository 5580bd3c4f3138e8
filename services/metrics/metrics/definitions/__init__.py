"""What every figure means: its formula, window and smallest group."""
