"""People and the units they work in, as the graph shows them."""
