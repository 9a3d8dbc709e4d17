"""What commands share that start, answer or follow a run: request, checks, stream, questions, exit code."""
