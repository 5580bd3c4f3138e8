"""The demo organisation: made up, the same on every machine, loaded as a real organisation's systems would."""
