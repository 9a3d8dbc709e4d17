"""The assistants screen, its form and its commands."""
