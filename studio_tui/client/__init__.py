"""HTTP to a LangGraph server: one target, typed calls, streams. The only package that knows httpx."""
