"""The composer: what a run is started with.

Knows the rooms below it and no other feature of the ui.
"""
