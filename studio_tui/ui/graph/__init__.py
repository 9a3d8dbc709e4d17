"""The Graph panel, the node inspector and their commands."""
