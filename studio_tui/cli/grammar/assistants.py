"""`assistants` with its verbs."""

from __future__ import annotations

import argparse

from studio_tui.cli.grammar.arguments import paging, positive
from studio_tui.cli.grammar.command import Command


def _ls(ls: argparse.ArgumentParser) -> None:
    ls.add_argument("--graph", metavar="G", default="", help="only those of this graph")
    ls.add_argument("--name", metavar="S", default="", help="only those whose name holds this")
    ls.add_argument("--metadata", metavar="JSON", help="only those whose metadata holds this")
    paging(ls, limit=100)


def _who(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("assistant", metavar="ID", help="assistant id, name or graph id")


def _show(show: argparse.ArgumentParser) -> None:
    _who(show)
    show.add_argument("--version", type=positive, metavar="V", dest="number", help="this version (default: current)")


def _create(create: argparse.ArgumentParser) -> None:
    create.add_argument("graph", metavar="GRAPH", help="the graph that it runs")
    _content(create, name_required=True)


def _update(update: argparse.ArgumentParser) -> None:
    _who(update)
    _content(update, name_required=False)
    update.add_argument("--replace", action="store_true", help="send only what is given, without the current version")
    update.add_argument("--dry-run", action="store_true", help="print the differences, and write nothing")


def _use(use: argparse.ArgumentParser) -> None:
    _who(use)
    use.add_argument("number", type=positive, metavar="VERSION", help="the version")
    use.add_argument(
        "--no-repair", action="store_true", help="write no extra version where the server leaves the old context behind"
    )


def _diff(diff: argparse.ArgumentParser) -> None:
    _who(diff)
    diff.add_argument("old", type=positive, metavar="V1", help="a version")
    diff.add_argument("new", type=positive, metavar="V2", help="another version")


def _rm(rm: argparse.ArgumentParser) -> None:
    _who(rm)
    rm.add_argument("--threads", action="store_true", help="also delete the threads that ran it")


def _content(verb: argparse.ArgumentParser, *, name_required: bool) -> None:
    verb.add_argument("--name", metavar="N", required=name_required, help="its name")
    verb.add_argument("--description", metavar="S", help="what it is for")
    verb.add_argument("--context", metavar="JSON|@FILE", help="settings of the graph, by its context schema")
    verb.add_argument("--config", metavar="JSON|@FILE", help="run config, such as tags or recursion_limit")
    verb.add_argument("--metadata", metavar="JSON|@FILE", help="your own keys and values")
    verb.add_argument("--force", action="store_true", help="write it although a check refused it, or could not be made")


_UPDATE = '  studio-tui assistants update openai_assistant --context \'{"system_prompt": "Be brief."}\'\n'
COMMAND = Command(
    "assistants", "list, show, create, edit and version assistants",
    examples="  studio-tui assistants ls --graph agent\n"
    "  studio-tui assistants create agent --name openai_assistant --context '{\"model_name\": \"openai\"}'\n"
    f"{_UPDATE}"
    "  studio-tui assistants use openai_assistant 1\n",
    verbs=(
        Command("ls", "list assistants by graph", _ls),
        Command("show", "show an assistant, or one version of it", _show),
        Command("create", "make an assistant and print its id", _create),
        Command("update", "make a new version: the current one with these changes", _update, _UPDATE),
        Command("versions", "list the versions, newest first", _who),
        Command("use", "make a version the current one", _use),
        Command("diff", "say how version V2 differs from version V1", _diff),
        Command("rm", "delete an assistant with all its versions", _rm),
    ),
)  # fmt: skip
