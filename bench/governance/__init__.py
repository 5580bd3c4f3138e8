"""Governance with 100,000 employees, 500 tools and a million grants: lists, `canUse`, terminations, a scope cut."""
