"""Where boxes and edges go: cycles, ranks, order, coordinates, tracks."""
