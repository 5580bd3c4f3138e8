"""What was used, by whom, on which day: the facts behind every adoption figure."""
