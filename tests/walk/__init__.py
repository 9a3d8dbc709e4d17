"""A random walk by keys over the whole app while runs stream."""
