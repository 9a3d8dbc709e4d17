"""What LangGraph's things are: graphs, threads, checkpoints, runs, messages. Data only: no I/O, no asyncio."""
