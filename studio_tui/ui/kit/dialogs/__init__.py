"""Dialogs, pickers and progress boxes.

Never holds a domain word.
"""
