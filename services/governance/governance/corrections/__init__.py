"""What changes because of incidents: who does what by when, in which pillar (C9)."""
