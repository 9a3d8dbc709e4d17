"""The command line's grammar of what a thread's runs and old threads need: `runs`, `threads prune`. Argparse only."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import Any

from studio_tui.cli.arguments_numbers import not_negative, positive

Add = Callable[..., Any]
"""Adds a command: `(commands, name, help, examples="")`, with the flags that all commands share."""
_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


def runs_command(commands: Any, add: Add, parser_class: Any) -> None:
    """Add `runs ls|show|cancel|rm`."""
    runs = add(
        commands, "runs", "list, show, cancel and delete the runs of a thread",
        "  studio-tui runs ls 01a2…\n  studio-tui runs show 01a2… 01b3…\n"
        "  studio-tui runs cancel 01a2…\n  studio-tui runs rm 01a2… 01b3… --yes\n",
    )  # fmt: skip
    verbs = runs.add_subparsers(
        dest="verb", prog="studio-tui runs", required=True, metavar="VERB", parser_class=parser_class
    )
    ls = add(verbs, "ls", "list the runs of a thread, newest first")
    _thread(ls)
    ls.add_argument("--status", choices=("pending", "running", "success", "error", "timeout", "interrupted"),
                    default="", help="only these (interrupted means cancelled)")  # fmt: skip
    ls.add_argument("--limit", type=positive, default=50, metavar="N", help="how many (default: 50)")
    ls.add_argument("--offset", type=not_negative, default=0, metavar="N", help="skip the first N")
    show = add(verbs, "show", "show one run: status, times, error, what it was started with")
    _thread(show)
    show.add_argument("run", metavar="RUN", help="run id, or enough of it")
    cancel = add(verbs, "cancel", "cancel live runs and verify that they ended")
    _thread(cancel)
    cancel.add_argument("run", nargs="*", metavar="RUN", help="run ids, or enough of them (default: every live run)")
    rollback(cancel)
    rm = add(verbs, "rm", "delete runs that have ended, with their checkpoints")
    _thread(rm)
    rm.add_argument("run", nargs="+", metavar="RUN", help="run ids, or enough of them")


def rollback(verb: argparse.ArgumentParser) -> None:
    """Add `--rollback`."""
    verb.add_argument("--rollback", action="store_true", help="delete the run and its checkpoints, too; asks")


def prune_command(verbs: Any, add: Add) -> None:
    """Add `threads prune`."""
    prune = add(
        verbs, "prune", "delete several threads at once, or all their checkpoints but the newest",
        "  studio-tui threads prune --older-than 30d --dry-run\n"
        "  studio-tui threads prune --status error --yes\n"
        "  studio-tui threads prune 01a2… --keep-latest\n",
    )  # fmt: skip
    prune.add_argument("thread", nargs="*", metavar="T", help="these threads; else those that the flags choose")
    prune.add_argument("--older-than", type=_seconds, metavar="TIME", help="not changed for so long: 90m, 12h, 30d, 4w")
    prune.add_argument("--status", choices=("idle", "interrupted", "error"), default="", help="only these")
    prune.add_argument("--metadata", metavar="JSON", help="only threads whose metadata holds this")
    prune.add_argument("--keep-latest", action="store_true", help="keep the threads with their newest checkpoint")
    prune.add_argument("--limit", type=positive, default=1000, metavar="N", help="at most so many (default: 1000)")
    prune.add_argument("--dry-run", action="store_true", help="only list what would be pruned")


def _thread(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("thread", metavar="T", help="thread id, or enough of it")


def _seconds(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,6})([mhdw])", text)
    if match is None:
        raise argparse.ArgumentTypeError("must be a number with m, h, d or w behind it, such as 30d")
    return int(match.group(1)) * _UNITS[match.group(2)]
