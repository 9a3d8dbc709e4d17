"""The how-tos of LangGraph, walked by keys and by command line on a real server; the table is `tests/HOWTOS.md`."""
