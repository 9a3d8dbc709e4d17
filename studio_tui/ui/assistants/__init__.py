"""The assistants screen, its form and its commands.

Knows the rooms below it and no other feature of the ui.
"""
