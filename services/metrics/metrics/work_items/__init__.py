"""Units of work, as the ITSM tells them."""
