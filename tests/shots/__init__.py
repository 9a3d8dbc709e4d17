"""Pictures of the real app: those of the README, an animated tour, and states × sizes × themes to look at."""
