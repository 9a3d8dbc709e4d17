"""The catalog of assistants, their versions, the form of one.

May import `core.debugger`, `core.connection`, `core.resources` and `core.state`.
"""
