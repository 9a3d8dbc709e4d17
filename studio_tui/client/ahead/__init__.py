"""A second process that asks the server during the start, and what its answers stand for here."""
