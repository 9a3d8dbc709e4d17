"""Recording the frames of a run and replaying them."""
