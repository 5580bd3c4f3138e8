"""What happened to a tool while people used it: the notes on its series."""
