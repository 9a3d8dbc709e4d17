"""Rows of history, state, diffs and comparisons.

May import `present.kit`; never Textual, asyncio or a clock.
"""
