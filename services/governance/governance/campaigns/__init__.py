"""Who has acknowledged a policy and who has not."""
