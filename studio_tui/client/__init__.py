"""HTTP to a LangGraph server: one target, typed calls, streams. The only package that knows httpx."""

import sys

# httpx does without its command line when that cannot be imported; with it come click, pygments and 40 ms of start.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
