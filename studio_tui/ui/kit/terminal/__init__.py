"""What touches the terminal: safe text, themes, clipboard, editor, painting of lines.

Never holds a domain word.
"""
