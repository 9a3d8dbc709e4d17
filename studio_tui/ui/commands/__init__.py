"""What leads to commands: key bar, the `:` prompt with the search, and conditions that several commands share."""
