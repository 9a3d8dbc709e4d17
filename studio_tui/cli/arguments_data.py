"""The command line's grammar of long-term memory and schedules: `store` and `crons`. Imports argparse only."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from studio_tui.cli.arguments_numbers import not_negative

Add = Callable[..., Any]
"""Adds a command: `(commands, name, help, examples="")`, with the flags that all commands share."""


def store_command(commands: Any, add: Add, parser_class: Any) -> None:
    """Add `store ls|get|put|rm|search`."""
    store = add(
        commands, "store", "read and write the long-term memory",
        "  studio-tui store ls\n  studio-tui store ls users.u1\n"
        "  studio-tui store put users.u1 prefs '{\"colour\": \"green\"}'\n"
        "  studio-tui store search users \"what does she like\"\n",
    )  # fmt: skip
    verbs = store.add_subparsers(
        dest="verb", prog="studio-tui store", required=True, metavar="VERB", parser_class=parser_class
    )
    ls = add(verbs, "ls", "list namespaces, or the items in and below one")
    ls.add_argument("namespace", nargs="?", default="", metavar="NS", help="labels with dots between them: users.u1")
    _paging(ls)
    for name, text in (("get", "print one item"), ("rm", "delete one item"), ("put", "write one item")):
        verb = add(verbs, name, text)
        verb.add_argument("namespace", metavar="NS", help="labels with dots between them: users.u1")
        verb.add_argument("key", metavar="KEY", help="the item's key")
        if name == "put":
            verb.add_argument("value", metavar="JSON|@FILE|-", help="the value, an object; - reads standard input")
    search = add(verbs, "search", "list the items nearest in meaning, where the server has an index")
    search.add_argument("namespace", metavar="NS", help="labels with dots between them; . is the whole store")
    search.add_argument("query", nargs="?", default="", metavar="QUERY", help="what to look for, in words")
    search.add_argument("--filter", metavar="JSON", help="only items whose value holds this")
    _paging(search)


def crons_command(commands: Any, add: Add, parser_class: Any) -> None:
    """Add `crons ls|create|pause|resume|rm`."""
    crons = add(
        commands, "crons", "runs on a schedule",
        "  studio-tui crons ls\n  studio-tui crons create agent '0 9 * * 1-5' --timezone Europe/Berlin"
        " --input '{\"messages\": \"hello\"}'\n  studio-tui crons pause 01a2…9f3c\n",
    )  # fmt: skip
    verbs = crons.add_subparsers(
        dest="verb", prog="studio-tui crons", required=True, metavar="VERB", parser_class=parser_class
    )
    _paging(add(verbs, "ls", "list crons"))
    create = add(verbs, "create", "make a cron and say when it fires")
    create.add_argument("assistant", metavar="A", help="assistant id, name or graph id")
    create.add_argument("schedule", metavar="SCHEDULE", help="minute hour day month weekday, in quotes: '0 9 * * 1-5'")
    create.add_argument("--timezone", default="", metavar="ZONE", help="such as Europe/Berlin (default: UTC)")
    create.add_argument("--thread", default="", metavar="T", help="run on this thread (default: a new one each time)")
    create.add_argument("--input", metavar="JSON|@FILE|-", help="the input of each run")
    create.add_argument("--dry-run", action="store_true", help="only say when it would fire")
    create.add_argument("--force", action="store_true", help="make it although the input does not fit the graph")
    for name, text in (
        ("pause", "stop a cron from firing"),
        ("resume", "let a paused cron fire again"),
        ("rm", "delete a cron"),
    ):
        add(verbs, name, text).add_argument("cron", metavar="ID", help="cron id, or enough of it")


def thread_changes(verbs: Any, add: Add) -> None:
    """Add `threads set`."""
    change = add(verbs, "set", "rename or tag a thread", "  studio-tui threads set 01a2… --title 'A trip to Rome'\n")
    change.add_argument("thread", metavar="T", help="thread id")
    change.add_argument("--title", metavar="TEXT", help="its title (metadata.title)")
    change.add_argument("--metadata", metavar="JSON", help="keys to set; the others stay")


def _paging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=not_negative, default=50, metavar="N", help="how many (default: 50)")
    parser.add_argument("--offset", type=not_negative, default=0, metavar="N", help="skip the first N")
