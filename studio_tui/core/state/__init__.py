"""The one state of the program with its slices, the log of frames, notices.

Imports no other room of `core`.
"""
