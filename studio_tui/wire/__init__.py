"""Wire and model: the only package that knows stream modes and payload shapes. No I/O."""
