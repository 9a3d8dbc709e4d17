"""Everything that a face can do, without a face: state, runs, threads, time travel, questions. No Textual, no httpx."""
