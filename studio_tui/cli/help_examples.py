"""An example for the help of a command that has none of its own: the command with something for each thing it needs."""

from __future__ import annotations

import argparse

_SAMPLES = {
    "T": "01a2…", "RUN": "01b3…", "A": "agent", "GRAPH": "agent", "ID": "01c4…", "NS": "users.u1", "KEY": "prefs",
    "QUERY": "'what she likes'", "VERSION": "2", "V1": "1", "V2": "2", "N": "formal", "SCHEDULE": "'0 9 * * 1-5'",
    "JSON|@FILE|-": "'{\"colour\": \"green\"}'",
}  # fmt: skip
"""What stands for an argument, by the name that the help gives it."""


def example_of(parser: argparse.ArgumentParser) -> str:
    """Return one line: the command with its required arguments, and the first optional one that can be shown."""
    words = [parser.prog]
    for action in parser._actions:
        sample = _SAMPLES.get(str(action.metavar))
        if sample is None or not (action.required or not action.option_strings):
            continue
        words += [action.option_strings[-1], sample] if action.option_strings else [sample]
    return f"  {' '.join(words)}\n"
