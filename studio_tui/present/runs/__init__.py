"""Rows of the timeline, of a thread's runs and of raw frames."""
