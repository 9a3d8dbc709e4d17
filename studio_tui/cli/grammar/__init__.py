"""What the command line understands: commands, flags, help, usage errors, completion scripts.

Imports argparse and nothing heavy, and no other room of `cli`: help and usage errors answer at once.
"""
