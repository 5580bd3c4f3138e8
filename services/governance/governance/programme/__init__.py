"""The executive sponsor, who answers for the programme."""
