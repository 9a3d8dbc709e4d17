"""The Textual face. Textual lives here and nowhere else; nothing but `cli` imports this package."""
