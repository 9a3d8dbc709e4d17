"""The interrupt dock, the inbox and the resume dialog with their commands."""
