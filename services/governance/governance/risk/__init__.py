"""The risk class of a tool."""
