"""`threads` with its verbs, `state` and `history`."""

from __future__ import annotations

import argparse

from studio_tui.cli.grammar.arguments import paging, positive, seconds, thread
from studio_tui.cli.grammar.command import Command


def _ls(ls: argparse.ArgumentParser) -> None:
    ls.add_argument("--status", choices=("idle", "busy", "interrupted", "error"), default="",
                    help="only these: busy ones run, interrupted ones wait")  # fmt: skip
    ls.add_argument("--metadata", metavar="JSON", help="only threads whose metadata holds this")
    paging(ls, limit=20)


def _rm(rm: argparse.ArgumentParser) -> None:
    thread(rm, nargs="+")


def _set(change: argparse.ArgumentParser) -> None:
    thread(change)
    change.add_argument("--title", metavar="TEXT", help="its title (metadata.title)")
    change.add_argument("--metadata", metavar="JSON", help="keys to set; the others stay")


def _prune(prune: argparse.ArgumentParser) -> None:
    thread(prune, nargs="*", help="these threads; else those that the flags choose")
    prune.add_argument("--older-than", type=seconds, metavar="TIME", help="not changed for so long: 90m, 12h, 30d, 4w")
    prune.add_argument("--status", choices=("idle", "interrupted", "error"), default="", help="only these")
    prune.add_argument("--metadata", metavar="JSON", help="only threads whose metadata holds this")
    prune.add_argument("--keep-latest", action="store_true", help="keep the threads with their newest checkpoint")
    prune.add_argument("--limit", type=positive, default=1000, metavar="N", help="at most so many (default: 1000)")
    prune.add_argument("--dry-run", action="store_true", help="only list what would be pruned")


def _new(new: argparse.ArgumentParser) -> None:
    new.add_argument("--metadata", metavar="JSON", help="metadata of the thread")


def _copy(copy: argparse.ArgumentParser) -> None:
    thread(copy)
    copy.add_argument("--until", metavar="C", default="", help="put the copy's head at this checkpoint")


def _state(state: argparse.ArgumentParser) -> None:
    thread(state)
    state.add_argument("--at", metavar="C", default="", help="checkpoint id (default: the head)")
    state.add_argument("--path", metavar="P", default="", help="print one part: values.messages[-1].content")
    state.add_argument("--subgraphs", action="store_true", help="with the state of paused subgraphs")


def _history(history: argparse.ArgumentParser) -> None:
    thread(history)
    history.add_argument("--limit", type=positive, default=50, metavar="N", help="how many (default: 50)")


COMMANDS = (
    Command(
        "threads", "list, show, make, copy, delete and prune threads",
        examples="  studio-tui threads ls --status interrupted\n  studio-tui threads rm 01a2… --yes\n"
        "  studio-tui threads prune --older-than 30d --dry-run\n",
        verbs=(
            Command("ls", "list threads, newest first", _ls),
            Command("show", "show one thread with its state and runs", thread),
            Command("rm", "delete threads with all their runs", _rm),
            Command("set", "rename or tag a thread", _set, "  studio-tui threads set 01a2… --title 'A trip to Rome'\n"),
            Command(
                "prune", "delete several threads at once, or all their checkpoints but the newest", _prune,
                "  studio-tui threads prune --older-than 30d --dry-run\n"
                "  studio-tui threads prune --status error --yes\n"
                "  studio-tui threads prune 01a2… --keep-latest\n",
            ),
            Command("new", "make an empty thread and print its id", _new),
            Command("copy", "copy a thread with its history", _copy),
        ),
    ),
    Command(
        "state", "print the state of a thread", _state,
        "  studio-tui state 01a2…\n  studio-tui state 01a2… --path values.messages[-1].content\n",
    ),
    Command(
        "history", "list the checkpoints of a thread as a forest of branches, newest first", _history,
        "  studio-tui history 01a2…\n  studio-tui history 01a2… --format json --limit 500\n",
    ),
)  # fmt: skip
