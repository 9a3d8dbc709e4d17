"""Where boxes and edges go: cycles, ranks, order, coordinates, tracks.

May import `graphs.topology`; never draws.
"""
