"""The application core: store, reducer, runs, reconciliation. asyncio, no Textual."""
