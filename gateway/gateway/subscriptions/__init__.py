"""Subscriptions: forwarded to the subgraph that owns the field, or fed by the events on the bus."""
