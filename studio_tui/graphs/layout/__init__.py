"""Where boxes and edges go: cycles, ranks, combs, order, coordinates, tracks; long drawings wrapped into columns."""
