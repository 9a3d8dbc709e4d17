"""The command line's grammar of what is managed: assistants and their versions. Imports argparse only."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from studio_tui.cli.arguments_numbers import not_negative, positive

Add = Callable[..., Any]
"""Adds a command to a group of commands: `(group, shared flags, name, help, examples)`."""


def assistant_commands(commands: Any, shared: Any, add: Add) -> None:
    """Add `assistants` with its verbs."""
    assistants = add(
        commands, shared, "assistants", "list, show, create, edit and version assistants",
        "  studio-tui assistants ls --graph agent\n"
        "  studio-tui assistants create agent --name openai_assistant --context '{\"model_name\": \"openai\"}'\n"
        "  studio-tui assistants update openai_assistant --context '{\"system_prompt\": \"Be brief.\"}'\n"
        "  studio-tui assistants use openai_assistant 1\n",
    )  # fmt: skip
    verbs = assistants.add_subparsers(
        dest="verb", prog="studio-tui assistants", required=True, metavar="VERB", parser_class=type(assistants)
    )
    ls = add(verbs, shared, "ls", "list assistants by graph")
    ls.add_argument("--graph", metavar="G", default="", help="only those of this graph")
    ls.add_argument("--name", metavar="S", default="", help="only those whose name holds this")
    ls.add_argument("--metadata", metavar="JSON", help="only those whose metadata holds this")
    ls.add_argument("--limit", type=positive, default=100, metavar="N", help="how many (default: 100)")
    ls.add_argument("--offset", type=not_negative, default=0, metavar="N", help="skip the first N")
    show = add(verbs, shared, "show", "show an assistant, or one version of it")
    _who(show)
    show.add_argument("--version", type=positive, metavar="V", dest="number", help="this version (default: current)")
    create = add(verbs, shared, "create", "make an assistant and print its id")
    create.add_argument("graph", metavar="GRAPH", help="the graph that it runs")
    _content(create, name_required=True)
    update = add(
        verbs, shared, "update", "make a new version: the current one with these changes",
        "  studio-tui assistants update openai_assistant --context '{\"system_prompt\": \"Be brief.\"}'\n",
    )  # fmt: skip
    _who(update)
    _content(update, name_required=False)
    update.add_argument("--replace", action="store_true", help="send only what is given, without the current version")
    update.add_argument("--dry-run", action="store_true", help="print the differences, and write nothing")
    _who(add(verbs, shared, "versions", "list the versions, newest first"))
    use = add(verbs, shared, "use", "make a version the current one")
    _who(use)
    use.add_argument("number", type=positive, metavar="VERSION", help="the version")
    use.add_argument(
        "--no-repair", action="store_true", help="write no extra version where the server leaves the old context behind"
    )
    diff = add(verbs, shared, "diff", "say how version V2 differs from version V1")
    _who(diff)
    diff.add_argument("old", type=positive, metavar="V1", help="a version")
    diff.add_argument("new", type=positive, metavar="V2", help="another version")
    rm = add(verbs, shared, "rm", "delete an assistant with all its versions")
    _who(rm)
    rm.add_argument("--threads", action="store_true", help="also delete the threads that ran it")


def _who(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("assistant", metavar="ID", help="assistant id, name or graph id")


def _content(verb: argparse.ArgumentParser, *, name_required: bool) -> None:
    verb.add_argument("--name", metavar="N", required=name_required, help="its name")
    verb.add_argument("--description", metavar="S", help="what it is for")
    verb.add_argument("--context", metavar="JSON|@FILE", help="settings of the graph, by its context schema")
    verb.add_argument("--config", metavar="JSON|@FILE", help="run config, such as tags or recursion_limit")
    verb.add_argument("--metadata", metavar="JSON|@FILE", help="your own keys and values")
    verb.add_argument("--force", action="store_true", help="write it although a check refused it, or could not be made")
