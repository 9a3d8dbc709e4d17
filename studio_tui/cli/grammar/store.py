"""`store` with its verbs."""

from __future__ import annotations

import argparse

from studio_tui.cli.grammar.arguments import not_negative, paging
from studio_tui.cli.grammar.command import Command

_DOTS = "labels with dots between them: users.u1"


def _ls(ls: argparse.ArgumentParser) -> None:
    ls.add_argument("namespace", nargs="?", default="", metavar="NS", help=_DOTS)
    paging(ls, least=not_negative)


def _item(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("namespace", metavar="NS", help=_DOTS)
    verb.add_argument("key", metavar="KEY", help="the item's key")


def _put(put: argparse.ArgumentParser) -> None:
    _item(put)
    put.add_argument("value", metavar="JSON|@FILE|-", help="the value, an object; - reads standard input")


def _search(search: argparse.ArgumentParser) -> None:
    search.add_argument("namespace", metavar="NS", help="labels with dots between them; . is the whole store")
    search.add_argument("query", nargs="?", default="", metavar="QUERY", help="what to look for, in words")
    search.add_argument("--filter", metavar="JSON", help="only items whose value holds this")
    paging(search, least=not_negative)


COMMAND = Command(
    "store", "read and write the long-term memory",
    examples="  studio-tui store ls\n  studio-tui store ls users.u1\n"
    "  studio-tui store put users.u1 prefs '{\"colour\": \"green\"}'\n"
    "  studio-tui store search users \"what does she like\"\n",
    verbs=(
        Command("ls", "list namespaces, or the items in and below one", _ls),
        Command("get", "print one item", _item),
        Command("rm", "delete one item", _item),
        Command("put", "write one item", _put),
        Command("search", "list the items nearest in meaning, where the server has an index", _search),
    ),
)  # fmt: skip
