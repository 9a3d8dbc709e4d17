"""The command line's grammar: every command, flag and example. Imports argparse and nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from studio_tui import __version__
from studio_tui.cli.arguments_data import crons_command, store_command, thread_changes
from studio_tui.cli.arguments_manage import assistant_commands
from studio_tui.cli.arguments_numbers import host_name, not_negative, port, positive
from studio_tui.cli.arguments_run import record_flag, run_options
from studio_tui.cli.arguments_runs import prune_command, rollback, runs_command
from studio_tui.cli.empty_words import empty_word

_ROOT_EXAMPLES = """\
  studio-tui demo                                    try it: a demo server with example agents
  studio-tui dev                                     your own project (finds langgraph.json)
  studio-tui --base-url https://my.server --assistant agent
  studio-tui run agent --input '{"messages": [{"role": "user", "content": "hi"}]}'
  studio-tui doctor https://my.server                what works and what does not
  studio-tui replay run.jsonl                        a recorded run again, offline (run … --record run.jsonl)
"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Shows commands and positional arguments in the usage line, and `[OPTIONS]` for the rest."""

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


class _Parser(argparse.ArgumentParser):
    """An argument parser whose help starts with examples, and whose errors say what may be meant."""

    examples = ""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, what may be meant and where to look; exit with 2."""
        from studio_tui.cli.mistakes import explained

        self.exit(2, explained(self, message))

    def format_help(self) -> str:
        """Return the help text, examples first."""
        from studio_tui.cli.help_examples import example_of

        examples = self.examples or example_of(self)
        return f"Examples:\n{examples.rstrip()}\n\n{super().format_help()}"


def build_parser() -> _Parser:
    """Return the parser of the whole command line."""
    shared = _shared()
    parser = _Parser(
        prog="studio-tui",
        description="The terminal studio and debugger for LangGraph. Without a command it opens the studio.",
        formatter_class=_Formatter,
        parents=[shared],
        epilog="Exit codes: 0 ok, 1 the run failed, 2 usage, 3 cannot connect, not authorised, rate-limited or a\n"
        "gateway failed, 4 not found, 5 paused (breakpoint or question), 130 cancelled.",
    )
    parser.examples = _ROOT_EXAMPLES
    parser.add_argument("--version", action="version", version=f"studio-tui {__version__}")
    parser.add_argument("--reset-terminal", action="store_true", help="give a broken terminal back, then exit")
    _deep_link(parser)
    commands = parser.add_subparsers(
        dest="command", prog="studio-tui", metavar="COMMAND", title="commands", parser_class=_Parser
    )
    _local_commands(commands, shared)
    _server_commands(commands, shared)
    _run_commands(commands, shared)
    _replay_command(commands, shared)
    _thread_commands(commands, shared)
    assistant_commands(commands, shared, _add)
    for data_command in (runs_command, store_command, crons_command):
        data_command(commands, lambda group, *words: _add(group, shared, *words), _Parser)
    return parser


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return what the command line says; exits with 2 and a word of help where it cannot be understood."""
    parser = build_parser()
    _check_first_flags(parser, words)
    args, rest = parser.parse_known_args(words)
    chosen = chosen_parser(parser, args)
    for action in chosen._get_positional_actions():
        # argparse gives up on an optional VALUE as soon as a flag stands before it.
        if (
            rest
            and action.nargs == "?"
            and not rest[0].startswith("-")
            and getattr(args, action.dest) == action.default
        ):
            setattr(args, action.dest, rest.pop(0))
    if rest:
        chosen.error(f"unrecognized arguments: {' '.join(rest)}")
    if empty := empty_word(chosen, args, words):
        chosen.error(f"{empty} is empty; leave it out, or name what is meant")
    return args


def _check_first_flags(parser: _Parser, words: Sequence[str]) -> None:
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


def chosen_parser(parser: argparse.ArgumentParser, args: argparse.Namespace) -> argparse.ArgumentParser:
    """Return the parser of the command, and of its verb, that `args` came from."""
    for name in (args.command, getattr(args, "verb", None)):
        group = subcommands(parser)
        if group is not None and name in group.choices:
            parser = group.choices[name]
    return parser


def subcommands(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[argparse.ArgumentParser] | None:
    """Return the commands, or verbs, of a parser; None where it has none."""
    return next((item for item in parser._actions if isinstance(item, argparse._SubParsersAction)), None)


def _shared(formats: Sequence[str] = ("text", "json", "jsonl")) -> _Parser:
    """Return the flags that may stand before or after the command."""
    shared = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = shared.add_argument_group("server and output")
    group.add_argument("--base-url", metavar="URL", help="the server, with a path prefix if it has one")
    group.add_argument("--profile", metavar="NAME", help="a server from your config file")
    group.add_argument("--api-key-env", metavar="VAR", help="environment variable that holds the API key")
    group.add_argument(
        "--header",
        action="append",
        metavar="'K: V'",
        help="send a header; V may be env:NAME or cmd:COMMAND; repeatable",
    )
    group.add_argument("--readonly", action="store_true", help="refuse every write")
    group.add_argument("--format", choices=formats, help="how data is printed (default: text)")
    group.add_argument("--theme", metavar="NAME", help="colour theme")
    group.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    group.add_argument("--log-file", metavar="F", help="also write the log to this file")
    group.add_argument("--yes", action="store_true", help="do not ask before deleting")
    return shared


def _deep_link(parser: _Parser) -> None:
    parser.add_argument("--assistant", metavar="A", default="", help="open this assistant (id, name or graph id)")
    parser.add_argument("--thread", metavar="T", default="", help="open this thread")
    parser.add_argument("--at", metavar="CHECKPOINT", default="", help="open the thread at this checkpoint")


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[_Parser]


def _add(commands: _Commands, shared: _Parser, name: str, help_: str, examples: str = "") -> _Parser:
    made = commands.add_parser(
        name, help=help_, description=help_[0].upper() + help_[1:] + ".", parents=[shared], formatter_class=_Formatter
    )
    made.examples = examples
    return made


def _local_commands(commands: _Commands, shared: _Parser) -> None:
    demo = _add(commands, shared, "demo", "open the studio on a bundled demo server", "  studio-tui demo\n")
    _deep_link(demo)
    demo.add_argument("--serve", action="store_true", help="only run the server and print its URL")
    dev = _add(
        commands, shared, "dev", "start the development server of your project and open the studio on it",
        "  studio-tui dev\n  studio-tui dev ~/code/my-agent --assistant agent\n",
    )  # fmt: skip
    dev.add_argument("path", nargs="?", default=".", metavar="PATH", help="a folder with langgraph.json in it or above")
    _deep_link(dev)
    dev.add_argument("--no-studio-user", action="store_true",
                     help="do not use a project with auth as the Studio user")  # fmt: skip
    dev.add_argument("--allow-blocking", action="store_true", help="do not fail on calls that block the event loop")
    dev.add_argument("--n-jobs-per-worker", type=positive, default=10, metavar="N",
                     help="runs at the same time (default: 10)")  # fmt: skip
    dev.add_argument("--debug-port", type=port, default=0, metavar="P", help="let a Python debugger attach here")
    dev.add_argument("--wait-for-client", action="store_true", help="start only when the debugger is there")
    dev.add_argument("--allow-host", type=host_name, action="append", default=[], metavar="NAME",
                     help="answer requests to this host name too, of a tunnel or a proxy (repeatable)")  # fmt: skip


def _server_commands(commands: _Commands, shared: _Parser) -> None:
    doctor = _add(
        commands, shared, "doctor", "say hop by hop what works on a server",
        "  studio-tui doctor\n  studio-tui doctor https://my.server --json\n",
    )  # fmt: skip
    doctor.add_argument("url", nargs="?", metavar="URL", help="the server (default: the configured one)")
    doctor.add_argument("--json", action="store_true", help="print one JSON document")
    _add(commands, shared, "info", "print versions, paths and the active server")
    completion = _add(
        commands, shared, "completion", "print the completion script of a shell",
        "  source <(studio-tui completion bash)\n"
        "  studio-tui completion fish > ~/.config/fish/completions/studio-tui.fish\n",
    )  # fmt: skip
    completion.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell that is to complete")
    drawn = _shared(("text", "ascii", "mermaid", "dot", "json", "layout"))
    graph = _add(
        commands, drawn, "graph", "print the topology of a graph",
        "  studio-tui graph agent\n  studio-tui graph agent --xray --format mermaid\n"
        "  studio-tui graph --file saved-graph.json --width 80\n",
    )  # fmt: skip
    graph.add_argument(
        "assistant", nargs="?", default="", metavar="A",
        help="assistant id, name or graph id (default: that of the profile, or the only one)",
    )  # fmt: skip
    graph.add_argument("--file", metavar="F", help="draw a saved /graph answer instead of asking a server")
    graph.add_argument("--width", type=positive, metavar="W", help="cells to fit into (default: the terminal)")
    graph.add_argument("--height", type=positive, metavar="H", help="rows to fit into (default: no limit)")
    graph.add_argument("--xray", action="store_true", help="expand subgraphs")


def _run_commands(commands: _Commands, shared: _Parser) -> None:
    run = _add(
        commands, shared, "run", "start one run and print its stream",
        "  studio-tui run agent --input '{\"messages\": \"hello\"}'\n"
        "  studio-tui run agent --input @input.json --stream-mode updates --format jsonl\n"
        "  studio-tui run agent --thread 01a2… --interrupt-before tools\n"
        "  studio-tui run agent --input '{…}' --background --webhook https://my.host/done --after-seconds 60\n"
        "  studio-tui run agent --input '{…}' --record run.jsonl; studio-tui replay run.jsonl\n",
    )  # fmt: skip
    run.add_argument("assistant", metavar="A", help="assistant id, name or graph id")
    run.add_argument(
        "--input",
        metavar="JSON|@FILE|-",
        help="the input (JSON, YAML); - reads standard input; absent: continue",
    )
    run.add_argument("--thread", metavar="T", default="", help="run on this thread (default: a new one)")
    run.add_argument("--checkpoint", metavar="C", default="", help="start from this checkpoint of --thread")
    run_options(run)
    run.add_argument("--background", action="store_true", help="start it, print its ids and leave")
    run.add_argument("--stateless", action="store_true", help="run without a thread; nothing is kept")
    resume = _add(
        commands, shared, "resume", "answer a paused thread and print the stream",
        "  studio-tui resume 01a2… true\n  studio-tui resume 01a2… '{\"type\": \"accept\"}' --id 3f17…\n"
        "  studio-tui resume 01a2… --answer 3f17…=true --answer 8c02…='\"later\"'    several questions at once\n"
        "  studio-tui resume 01a2…                            continue after a breakpoint\n",
    )  # fmt: skip
    resume.add_argument("thread", metavar="T", help="thread id")
    resume.add_argument("value", nargs="?", metavar="VALUE", help="the answer, as JSON or plain text")
    resume.add_argument(
        "--id", metavar="INTERRUPT", default="", help="which question VALUE answers: its id, or the beginning of it"
    )
    resume.add_argument(
        "--answer",
        action="append",
        metavar="ID=JSON",
        help="answer the question with this id; repeatable, sent together",
    )
    resume.add_argument("--reask", action="store_true", help="run the nodes that ask again, so that they ask anew")
    resume.add_argument("--update", metavar="JSON", help="state update sent with the answer")
    resume.add_argument("--goto", action="append", metavar="N", help="also go to node N; repeatable")
    run_options(resume)
    _fork_command(commands, shared)
    cancel = _add(commands, shared, "cancel", "cancel the runs of a thread, or one run, and verify it")
    cancel.add_argument("thread", metavar="T", help="thread id")
    cancel.add_argument("run", nargs="?", default="", metavar="RUN", help="run id (default: every live run)")
    rollback(cancel)
    tail = _add(commands, shared, "tail", "follow a running run from its beginning")
    tail.add_argument("thread", metavar="T", help="thread id")
    tail.add_argument("run", nargs="?", default="", metavar="RUN", help="run id (default: the live one)")
    record_flag(tail)


def _replay_command(commands: _Commands, shared: _Parser) -> None:
    replay = _add(
        commands, shared, "replay", "open a recording in the studio, offline and read-only",
        "  studio-tui run agent --input '{…}' --record run.jsonl\n  studio-tui replay run.jsonl\n"
        "  studio-tui replay run.jsonl --format jsonl         print it instead\n",
    )  # fmt: skip
    replay.add_argument("file", metavar="FILE", help="what --record has written")
    replay.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="how fast (default: 1; 0: at once)")
    _deep_link(replay)


def _speed(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1000:
        raise argparse.ArgumentTypeError("must be from 0 to 1000")
    return value


def _fork_command(commands: _Commands, shared: _Parser) -> None:
    fork = _add(
        commands, shared, "fork", "go on from a checkpoint on a new branch, edited or as it is",
        "  studio-tui fork 01a2… --at 1f1e6fd2… --set '{\"nights\": 5}' --run\n"
        "  studio-tui fork 01a2… --at 1f1e6fd2… --run               re-run from there\n"
        "  studio-tui fork 01a2… --update '{\"log\": [\"one more\"]}'    edit the head\n",
    )  # fmt: skip
    fork.add_argument("thread", metavar="T", help="thread id")
    fork.add_argument("--at", metavar="C", default="", help="checkpoint id (default: the head)")
    fork.add_argument("--set", metavar="JSON", help="keys and their new values")
    fork.add_argument(
        "--update", metavar="JSON", help="keys and what to write to them as a node would: reducers append, merge, add"
    )
    fork.add_argument("--as-node", metavar="N", default="", help="the node that the change counts as a write of")
    fork.add_argument("--run", action="store_true", help="run the new branch and print its stream")
    fork.add_argument("--dry-run", action="store_true", help="print what would be written, and write nothing")
    run_options(fork)


def _thread_commands(commands: _Commands, shared: _Parser) -> None:
    threads = _add(
        commands, shared, "threads", "list, show, make, copy, delete and prune threads",
        "  studio-tui threads ls --status interrupted\n  studio-tui threads rm 01a2… --yes\n"
        "  studio-tui threads prune --older-than 30d --dry-run\n",
    )  # fmt: skip
    verbs = threads.add_subparsers(
        dest="verb", prog="studio-tui threads", required=True, metavar="VERB", parser_class=_Parser
    )
    ls = _add(verbs, shared, "ls", "list threads, newest first")
    ls.add_argument("--status", choices=("idle", "busy", "interrupted", "error"), default="", help="only these")
    ls.add_argument("--metadata", metavar="JSON", help="only threads whose metadata holds this")
    ls.add_argument("--limit", type=positive, default=20, metavar="N", help="how many (default: 20)")
    ls.add_argument("--offset", type=not_negative, default=0, metavar="N", help="skip the first N")
    for name, text in (
        ("show", "show one thread with its state and runs"),
        ("rm", "delete threads with all their runs"),
    ):
        verb = _add(verbs, shared, name, text)
        verb.add_argument("thread", metavar="T", nargs="+" if name == "rm" else None, help="thread id")
    thread_changes(verbs, lambda group, *words: _add(group, shared, *words))
    prune_command(verbs, lambda group, *words: _add(group, shared, *words))
    new = _add(verbs, shared, "new", "make an empty thread and print its id")
    new.add_argument("--metadata", metavar="JSON", help="metadata of the thread")
    copy = _add(verbs, shared, "copy", "copy a thread with its history")
    copy.add_argument("thread", metavar="T", help="thread id")
    copy.add_argument("--until", metavar="C", default="", help="put the copy's head at this checkpoint")
    state = _add(
        commands, shared, "state", "print the state of a thread",
        "  studio-tui state 01a2…\n  studio-tui state 01a2… --path values.messages[-1].content\n",
    )  # fmt: skip
    state.add_argument("thread", metavar="T", help="thread id")
    state.add_argument("--at", metavar="C", default="", help="checkpoint id (default: the head)")
    state.add_argument("--path", metavar="P", default="", help="print one part: values.messages[-1].content")
    state.add_argument("--subgraphs", action="store_true", help="with the state of paused subgraphs")
    history = _add(
        commands, shared, "history", "list the checkpoints of a thread as a forest of branches, newest first",
        "  studio-tui history 01a2…\n  studio-tui history 01a2… --format json --limit 500\n",
    )  # fmt: skip
    history.add_argument("thread", metavar="T", help="thread id")
    history.add_argument("--limit", type=positive, default=50, metavar="N", help="how many (default: 50)")
