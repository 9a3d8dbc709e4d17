"""Rows and pictures of the graph and of one node."""
