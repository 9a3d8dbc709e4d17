"""What the parts of the ui know of each other: intents.

Never a class of a widget.
"""
