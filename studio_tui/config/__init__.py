"""Settings, paths, credentials and remembered state. A leaf: imports nothing of the rest but `errors` and `address`."""
