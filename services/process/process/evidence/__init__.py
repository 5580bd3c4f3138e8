"""Evidence packs: what a pilot showed, kept as it was."""
