"""What is drawn: the specification of a graph, what was observed, the scene.

Imports no other room of `graphs`.
"""
