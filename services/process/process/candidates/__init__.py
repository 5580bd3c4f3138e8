"""How well a process is suited to being done with AI, and which one to begin with."""
