"""Pure functions from state to rows of spans, shared by the terminal UI and the command line."""
