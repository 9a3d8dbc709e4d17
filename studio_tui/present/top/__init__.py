"""The top row of every screen."""
