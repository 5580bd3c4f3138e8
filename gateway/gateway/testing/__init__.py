"""Whole graphs in process, for tests: subgraphs over one world of data, and random operations."""
