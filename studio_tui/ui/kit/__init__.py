"""Widgets without domain words: none names a run, a thread or a message."""
