"""The store screen and the editing of items.

Knows the rooms below it and no other feature of the ui.
"""
