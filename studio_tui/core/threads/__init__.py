"""Recent threads, the search over all, saved views, the history of one thread."""
