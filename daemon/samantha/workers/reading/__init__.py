"""Readers of one format family each. They run in the jail and take bytes, never paths."""
