"""The parser of the whole command line. Imports argparse and nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from studio_tui import __version__
from studio_tui.cli.grammar import assistants, crons, local, runs, server, store, threads
from studio_tui.cli.grammar.arguments import deep_link
from studio_tui.cli.grammar.command import Parser, add_commands, add_shared_flags

COMMANDS = (
    *local.COMMANDS, *server.COMMANDS, *runs.COMMANDS, *threads.COMMANDS, assistants.COMMAND, runs.LIST, store.COMMAND,
    crons.COMMAND,
)  # fmt: skip
"""Every command, in the order of the help."""

_EXAMPLES = """\
  studio-tui demo                                    try it: a demo server with example agents
  studio-tui dev                                     your own project (finds langgraph.json)
  studio-tui --base-url https://my.server --assistant agent
  studio-tui run agent --input '{"messages": [{"role": "user", "content": "hi"}]}'
  studio-tui doctor https://my.server                what works and what does not
  studio-tui replay run.jsonl                        a recorded run again, offline (run … --record run.jsonl)
"""


def build_parser() -> Parser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="studio-tui",
        description="The terminal studio and debugger for LangGraph. Without a command it opens the studio.",
        epilog="Exit codes: 0 ok, 1 the run failed, 2 usage, 3 cannot connect, not authorised, rate-limited or a\n"
        "gateway failed, 4 not found, 5 paused (breakpoint or question), 130 cancelled.",
        examples=_EXAMPLES,
    )
    add_shared_flags(parser)
    parser.add_argument("--version", action="version", version=f"studio-tui {__version__}")
    parser.add_argument("--reset-terminal", action="store_true", help="give a broken terminal back, then exit")
    deep_link(parser)
    add_commands(parser, COMMANDS, dest="command", metavar="COMMAND", title="commands")
    return parser


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return what the command line says; exits with 2 and a word of help where it cannot be understood."""
    parser = build_parser()
    _check_first_flags(parser, words)
    args: argparse.Namespace
    args, rest = parser.parse_known_args(words)
    chosen = _chosen_parser(parser, args)
    for action in chosen._get_positional_actions():
        # argparse gives up on an optional VALUE as soon as a flag stands before it.
        if (
            rest
            and action.nargs == "?"
            and not rest[0].startswith("-")
            and getattr(args, action.dest) == action.default
        ):
            setattr(args, action.dest, rest.pop(0))
    from studio_tui.cli.grammar.mistakes import empty_word  # only now: `--help` has no need of it

    if rest:
        chosen.error(f"unrecognized arguments: {' '.join(rest)}")
    if empty := empty_word(chosen, args, words):
        chosen.error(f"{empty} is empty; leave it out, or name what is meant")
    return args


def _check_first_flags(parser: Parser, words: Sequence[str]) -> None:
    """Name an unknown flag before the command: argparse would take its value for the command and complain of that."""
    rest = iter(words)
    for word in rest:
        if not word.startswith("--") or word == "--":
            return
        name, sign, _ = word.partition("=")
        known = [flag for flag in parser._option_string_actions if flag.startswith(name)]
        if not known:
            parser.error(f"unrecognized arguments: {name}")
        if not sign and parser._option_string_actions[known[0]].nargs != 0:
            next(rest, None)


def _chosen_parser(parser: Parser, args: argparse.Namespace) -> Parser:
    """Return the parser of the command, and of its verb, that `args` came from."""
    for name in (args.command, getattr(args, "verb", None)):
        group = subcommands(parser)
        if group is not None and name in group.choices:
            parser = group.choices[name]
    return parser


def subcommands(parser: Parser) -> argparse._SubParsersAction[Parser] | None:
    """Return the commands, or verbs, of a parser; None where it has none."""
    return next((item for item in parser.whole()._actions if isinstance(item, argparse._SubParsersAction)), None)
