"""How it is drawn: canvas, painter, outline, exports.

May import `graphs.layout` and `graphs.topology`; never a style.
"""
