"""Rows of threads, for the panel and for the full view.

May import `present.kit`; never Textual, asyncio or a clock.
"""
