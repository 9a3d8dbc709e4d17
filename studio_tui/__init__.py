"""studio-tui: the terminal studio and debugger for LangGraph."""

__version__ = "0.1.0"
