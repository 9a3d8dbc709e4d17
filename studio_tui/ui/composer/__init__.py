"""The composer: what a run is started with."""
