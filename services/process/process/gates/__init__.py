"""The go-live gate: what must hold before a pilot may run, read from facts of all services."""
