"""Rows of history, state, diffs and comparisons."""
