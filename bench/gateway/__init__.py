"""The gateway beside other routers, in one run, over the same recorded subgraphs."""
