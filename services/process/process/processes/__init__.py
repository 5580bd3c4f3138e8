"""The process inventory: what work is done, who owns it and how much of it there is."""
