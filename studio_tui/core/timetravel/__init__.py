"""Edits and forks: preview, writing, undo, drafts, names of branches.

May import `core.threads`, `core.runstate`, `core.inputs`, `core.connection` and `core.state`.
"""
