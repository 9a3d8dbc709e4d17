"""The application: start and end, work, keymap, catalog of commands, palette, help.

The only room that knows all others; nobody imports it.
"""
