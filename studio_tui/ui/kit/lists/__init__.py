"""Lists drawn with the Line API, their filters, viewports and tabs.

Never holds a domain word.
"""
