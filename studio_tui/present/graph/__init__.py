"""Rows and pictures of the graph and of one node.

May import `present.kit`; never Textual, asyncio or a clock.
"""
