"""What is wrong with a command line: what it may have meant, and words left empty where a name belongs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence

_CHOICE = r"argument (\S+): invalid choice: (.+?) \(choose from (.*)\)$"
_UNKNOWN = "unrecognized arguments: "
_MAY_BE_EMPTY = frozenset(("value", "namespace", "key", "query", "schedule", "description", "title"))
"""What may be an empty text, or has words of its own for one."""


def explained(parser: argparse.ArgumentParser, message: str) -> str:
    """Return the three lines for a message of argparse."""
    from studio_tui.text.sanitize import clean  # only now: `--help` has nothing to clean

    what, near = _read(parser, message)
    lines = [f"error: {what}", f"Did you mean {near}?" if near else "", f"Try: {parser.prog} --help"]
    return "".join(f"{clean(line)}\n" for line in lines if line)


def _read(parser: argparse.ArgumentParser, message: str) -> tuple[str, str]:
    """What is wrong, and the nearest thing there is, or empty."""
    choice = re.match(_CHOICE, message, re.DOTALL)
    if choice is not None:
        name, typed = choice.group(1), choice.group(2).strip("'\"")
        known = [part.strip(" '\"") for part in choice.group(3).split(",")]
        near = _nearest(typed, known)
        if name in ("COMMAND", "VERB"):
            kind = "command" if name == "COMMAND" else f"`{parser.prog}` command"
            return f"There is no {kind} `{typed}`" + ("" if near else f"; there are: {', '.join(known)}"), near
        return f"{name} cannot be `{typed}`; it is one of: {', '.join(known)}", near
    if message.startswith(_UNKNOWN):
        words = message.removeprefix(_UNKNOWN).split(" ")
        flag = next((word for word in words if word.startswith("-")), "")
        if flag:
            name = flag.partition("=")[0]
            return f"There is no flag `{name}` here", _nearest(name, list(_flags(parser)))
        return f"There is no place for `{' '.join(words)}` here", ""
    return message, ""


def _flags(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if action.help != argparse.SUPPRESS:
            yield from (name for name in action.option_strings if name.startswith("--"))


def _nearest(typed: str, known: list[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(typed, known, 1, 0.6)
    if found:
        return found[0]
    begun = [name for name in known if len(typed) > 1 and name.startswith(typed)]
    return begun[0] if len(begun) == 1 else ""


def empty_word(parser: argparse.ArgumentParser, args: argparse.Namespace, words: Sequence[str]) -> str:
    """Return the name of the argument that was given as an empty word, as the help spells it; empty when none was.

    `--thread "$T"` with an unset T must not mean a new thread.
    """
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
