"""The words that several slices use in the graph."""
