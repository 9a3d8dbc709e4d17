"""Widgets without domain words.

May import `ui.contracts`; never names a run, a thread or a message.
"""
