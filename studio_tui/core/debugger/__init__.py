"""What the debugger adds to runs: stepping, stops inside subgraphs, edits of the past. Knows no screen."""
