"""History, State and Diff panels, comparing and editing with their commands."""
