"""Edits and forks: preview, writing, undo, drafts, names of branches."""
