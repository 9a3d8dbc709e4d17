"""The application: start and end, work, keymap, catalog of commands, palette, help."""
