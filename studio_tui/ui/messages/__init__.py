"""The Messages panel.

Knows the rooms below it and no other feature of the ui.
"""
