"""The crons screen and its dialog.

Knows the rooms below it and no other feature of the ui.
"""
