"""The connect screen, the HTTP log and the server log."""
