"""Rows of a conversation."""
