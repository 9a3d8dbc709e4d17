"""Rows of the timeline, of a thread's runs and of raw frames.

May import `present.kit`; never Textual, asyncio or a clock.
"""
