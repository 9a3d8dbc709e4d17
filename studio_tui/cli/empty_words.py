"""Refuses an empty word where a name or an id belongs: `--thread "$T"` with an unset T must not mean a new thread."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

_MAY_BE_EMPTY = frozenset(("value", "namespace", "key", "query", "schedule", "description", "title"))
"""What may be an empty text, or has words of its own for one."""


def empty_word(parser: argparse.ArgumentParser, args: argparse.Namespace, words: Sequence[str]) -> str:
    """Return the name of the argument that was given as an empty word, as the help spells it; empty when none was."""
    for before, word in zip(("", *words), words, strict=False):
        if word == "--":
            break
        flag = before if word == "" else word[:-1] if word.endswith("=") else ""
        action = _flag(parser, flag)
        if action is not None and action.nargs != 0 and action.dest not in _MAY_BE_EMPTY:
            return action.option_strings[-1]
    if "" not in words:
        return ""
    for action in parser._get_positional_actions():
        given = getattr(args, action.dest, None)
        is_empty = "" in given if isinstance(given, list) else not given
        if is_empty and action.metavar and action.dest not in _MAY_BE_EMPTY:
            return str(action.metavar)
    return ""


def _flag(parser: argparse.ArgumentParser, word: str) -> argparse.Action | None:
    """Return the action of a flag as it may be typed: in full or shortened."""
    if not word.startswith("--"):
        return None
    known = parser._option_string_actions
    return known.get(word) or next((action for name, action in known.items() if name.startswith(word)), None)
