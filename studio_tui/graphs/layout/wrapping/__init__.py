"""Wrapped drawings of long graphs: columns side by side, as those of a newspaper."""
