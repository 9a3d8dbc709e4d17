"""The Timeline and Raw panels, the runs screen, run options and their commands.

Knows the rooms below it and no other feature of the ui.
"""
