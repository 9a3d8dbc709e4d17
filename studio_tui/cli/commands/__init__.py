"""One module a command of the command line.

May import anything but `ui`; `cli.dispatch` imports each only when it is asked for.
"""
