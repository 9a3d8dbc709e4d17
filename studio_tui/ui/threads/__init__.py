"""The Threads panel and screen with their commands."""
