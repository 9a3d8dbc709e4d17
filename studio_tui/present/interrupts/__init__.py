"""Rows of questions, answers and the inbox.

May import `present.kit`; never Textual, asyncio or a clock.
"""
