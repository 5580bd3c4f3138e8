"""A full HR file, compared with the directory: only the differences are published, as hris.* events."""
