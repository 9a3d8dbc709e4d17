"""The interrupt dock, the inbox and the resume dialog with their commands.

Knows the rooms below it and no other feature of the ui.
"""
