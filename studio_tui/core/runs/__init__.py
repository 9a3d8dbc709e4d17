"""Starting, following, stopping and listing runs.

May import `core.threads`, `core.debugger`, `core.runstate`, `core.connection` and `core.state`.
"""
