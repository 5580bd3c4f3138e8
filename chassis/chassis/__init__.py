"""The mechanism every service shares: settings, Postgres, events, identity, GraphQL."""
