"""The crons screen and its dialog."""
