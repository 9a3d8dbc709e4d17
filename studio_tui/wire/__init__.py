"""What servers say: frames to events, answers to values of `domain`. Knows their shapes, and no I/O."""
