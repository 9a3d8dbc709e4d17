"""The connect screen, the HTTP log and the server log.

Knows the rooms below it and no other feature of the ui.
"""
