"""What is known here of the process service's processes and their standards."""
