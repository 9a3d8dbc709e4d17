"""History, State and Diff panels, comparing and editing with their commands.

Knows the rooms below it and no other feature of the ui.
"""
