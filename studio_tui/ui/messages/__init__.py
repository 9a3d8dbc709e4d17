"""The Messages panel."""
