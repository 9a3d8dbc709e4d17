"""The Timeline and Raw panels, the runs screen, run options and their commands."""
