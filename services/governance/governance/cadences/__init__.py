"""Reviews that come by the calendar."""
