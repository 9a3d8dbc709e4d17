"""`crons` with its verbs."""

from __future__ import annotations

import argparse

from studio_tui.cli.grammar.arguments import not_negative, paging
from studio_tui.cli.grammar.command import Command


def _ls(ls: argparse.ArgumentParser) -> None:
    paging(ls, least=not_negative)


def _create(create: argparse.ArgumentParser) -> None:
    create.add_argument("assistant", metavar="A", help="assistant id, name or graph id")
    create.add_argument("schedule", metavar="SCHEDULE", help="minute hour day month weekday, in quotes: '0 9 * * 1-5'")
    create.add_argument("--timezone", default="", metavar="ZONE", help="such as Europe/Berlin (default: UTC)")
    create.add_argument("--thread", default="", metavar="T", help="run on this thread (default: a new one each time)")
    create.add_argument("--input", metavar="JSON|@FILE|-", help="the input of each run")
    create.add_argument("--dry-run", action="store_true", help="only say when it would fire")
    create.add_argument("--force", action="store_true", help="make it although the input does not fit the graph")


def _cron(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("cron", metavar="ID", help="cron id, or enough of it")


COMMAND = Command(
    "crons", "runs on a schedule",
    examples="  studio-tui crons ls\n  studio-tui crons create agent '0 9 * * 1-5' --timezone Europe/Berlin"
    " --input '{\"messages\": \"hello\"}'\n  studio-tui crons pause 01a2…9f3c\n",
    verbs=(
        Command("ls", "list crons", _ls),
        Command("create", "make a cron and say when it fires", _create),
        Command("pause", "stop a cron from firing", _cron),
        Command("resume", "let a paused cron fire again", _cron),
        Command("rm", "delete a cron", _cron),
    ),
)  # fmt: skip
