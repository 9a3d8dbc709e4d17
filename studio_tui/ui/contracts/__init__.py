"""What the parts of the ui know of each other: commands and their registry, services, intents, what a panel can do.

Never a class of a widget.
"""
