"""The tools that governance told us of, and the names sources use for them."""
