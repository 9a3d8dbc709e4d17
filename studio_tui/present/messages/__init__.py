"""Rows of a conversation.

May import `present.kit`; never Textual, asyncio or a clock.
"""
