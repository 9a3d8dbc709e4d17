"""The typed client's ports, the connection, the one thread crossing, background work, timings."""
