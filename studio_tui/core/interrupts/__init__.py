"""Questions of a thread, prepared answers, resume commands.

May import `core.runs`, `core.threads`, `core.connection` and `core.state`.
"""
