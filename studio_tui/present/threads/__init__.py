"""Rows of threads, for the panel and for the full view."""
