"""Stepping, breakpoints and their commands."""
