"""How it is drawn: canvas, painter, outline, exports."""
