"""What the debugger adds to runs: breakpoints, stepping, stops inside subgraphs. Knows no screen."""
