"""Outgoing webhooks: events delivered by HTTP to teams that have no Kafka client."""
