"""Recent threads, the search over all, saved views, the history of one thread.

May import `core.runstate`, `core.connection` and `core.state`.
"""
