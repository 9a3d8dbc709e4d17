"""Stepping, breakpoints and their commands.

Knows the rooms below it and no other feature of the ui.
"""
