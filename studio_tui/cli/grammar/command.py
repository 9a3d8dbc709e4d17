"""How a command of the command line is described, and what builds argparse's parsers of it."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial

TYPE_CHECKING = False  # as type checkers know it; to import `typing` would cost every start more than a millisecond
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, NoReturn

_NARROW = 80
FORMATS = ("text", "json", "jsonl")
_SAMPLES = {
    "T": "01a2…", "RUN": "01b3…", "A": "agent", "GRAPH": "agent", "ID": "01c4…", "NS": "users.u1", "KEY": "prefs",
    "QUERY": "'what she likes'", "VERSION": "2", "V1": "1", "V2": "2", "N": "formal", "SCHEDULE": "'0 9 * * 1-5'",
    "JSON|@FILE|-": "'{\"colour\": \"green\"}'",
}  # fmt: skip
"""What stands for an argument in a made-up example, by the name that the help gives it."""


def _no_arguments(_: argparse.ArgumentParser) -> None:
    pass


class Command:
    """A command, or a verb of one. `cli.commands.NAME` has the function NAME that runs it.

    A plain class: making a NamedTuple or a dataclass of it takes a millisecond or more at every start.
    """

    def __init__(
        self,
        name: str,
        help: str,
        arguments: Callable[[argparse.ArgumentParser], None] = _no_arguments,
        examples: str = "",
        verbs: tuple[Command, ...] = (),
        formats: tuple[str, ...] = FORMATS,
    ) -> None:
        """`arguments` adds its own flags and arguments, `formats` is what `--format` may be.

        `examples` are lines of the help; empty: one is made of the required arguments.
        """
        self.name, self.help, self.arguments = name, help, arguments
        self.examples, self.verbs, self.formats = examples, verbs, formats

    def fill(self, parser: Parser) -> None:
        """Give its parser all flags, verbs and arguments."""
        add_shared_flags(parser, self.formats)
        if self.verbs:
            add_commands(parser, self.verbs, dest="verb", required=True, metavar="VERB")
        self.arguments(parser)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Shows commands and positional arguments in the usage line, and `[OPTIONS]` for the rest."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """Add the usage line without listing every flag."""
        positional = [action for action in actions if not action.option_strings]
        super().add_usage(usage, positional, groups, prefix)
        self._root_section.items[-1] = (self._short_usage, [usage, positional, groups, prefix])

    def _short_usage(self, *parts: Any) -> str:
        return self._format_usage(*parts).replace(self._prog, f"{self._prog} [OPTIONS]", 1)


def _columns() -> int:
    """How wide the terminal is, as argparse asks `shutil`: which it would import at every start, for every argument."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _NARROW  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return _NARROW


class Parser(argparse.ArgumentParser):
    """An argument parser whose help starts with examples, and whose errors say what may be meant."""

    def __init__(self, *, examples: str = "", fill: Callable[[Parser], None] | None = None, **options: Any) -> None:
        super().__init__(formatter_class=_Formatter, **options)
        self._examples = examples
        self._fill = fill

    def whole(self) -> Parser:
        """Return the parser with its flags and arguments: those of every command would cost 8 ms at each start."""
        fill, self._fill = self._fill, None
        if fill is not None:
            fill(self)
        return self

    def parse_known_args(self, *words: Any, **options: Any) -> Any:
        """Parse as argparse does, with all flags and arguments."""
        self.whole()
        return super().parse_known_args(*words, **options)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, what may be meant and where to look; exit with 2."""
        from studio_tui.cli.grammar.mistakes import explained

        self.exit(2, explained(self, message))

    def format_help(self) -> str:
        """Return the help text, examples first."""
        self.whole()
        return f"Examples:\n{(self._examples or self._made_example()).rstrip()}\n\n{super().format_help()}"

    def _made_example(self) -> str:
        """The command with a sample for each required argument, and for the optional ones that have no flag."""
        words = [self.prog]
        for action in self._actions:
            sample = _SAMPLES.get(str(action.metavar))
            if sample is None or not (action.required or not action.option_strings):
                continue
            words += [action.option_strings[-1], sample] if action.option_strings else [sample]
        return f"  {' '.join(words)}"


def add_commands(parser: Parser, commands: Iterable[Command], **group: Any) -> None:
    """Give a parser its commands, or a command its verbs; `group` is how the help shows them."""
    added = parser.add_subparsers(prog=parser.prog, parser_class=Parser, **group)
    for command in commands:
        added.add_parser(
            command.name,
            help=command.help,
            description=command.help[0].upper() + command.help[1:] + ".",
            examples=command.examples,
            fill=command.fill,
        )


def add_shared_flags(parser: Parser, formats: tuple[str, ...] = FORMATS) -> None:
    """Add the flags that may stand before or after the command; one that is left out changes nothing."""
    add = partial(parser.add_argument_group("server and output").add_argument, default=argparse.SUPPRESS)
    add("--base-url", metavar="URL", help="the server, with a path prefix if it has one")
    add("--profile", metavar="NAME", help="a server from your config file")
    add("--api-key-env", metavar="VAR", help="environment variable that holds the API key")
    add("--header", action="append", metavar="'K: V'",
        help="send a header; V may be env:NAME or cmd:COMMAND; repeatable")  # fmt: skip
    add("--readonly", action="store_true", help="refuse every write")
    add("--format", choices=formats, help="how data is printed (default: text)")
    add("--theme", metavar="NAME", help="colour theme")
    add("--ascii", action="store_true", help="draw with ASCII characters only")
    add("--log-file", metavar="F", help="also write the log to this file")
    add("--yes", action="store_true", help="do not ask before deleting")
