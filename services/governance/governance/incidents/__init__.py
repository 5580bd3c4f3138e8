"""What went wrong with AI: who answers for it, how it was contained and what changes because of it."""
