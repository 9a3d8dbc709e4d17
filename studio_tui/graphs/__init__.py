"""Topology in, picture out: reading `/graph` answers, layered layout, painting, exports. No Textual, no I/O."""
