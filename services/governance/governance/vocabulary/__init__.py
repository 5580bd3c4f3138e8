"""The words of the domain as the graph shows them."""
