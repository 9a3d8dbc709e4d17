"""Starting, following, stopping and listing runs."""
