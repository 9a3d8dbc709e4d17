"""JSON as a value: reading what servers send and people type, printing, tree, search, diff, lazy parsing.

May import `text` and `errors`; never a message, a thread, a widget.
"""
