"""Pilots: work done with AI for a while, with a hypothesis, a gate, a measurement and a decision."""
