"""`demo` and `dev`: the studio with a server of its own."""

from __future__ import annotations

import argparse

from studio_tui.cli.grammar.arguments import deep_link, host_name, port, positive
from studio_tui.cli.grammar.command import Command


def _demo(demo: argparse.ArgumentParser) -> None:
    deep_link(demo, goes_on="not here: the demo forgets its threads when it ends (see --serve)")
    demo.add_argument("--serve", action="store_true", help="only run the server and print its URL")


def _dev(dev: argparse.ArgumentParser) -> None:
    dev.add_argument("path", nargs="?", default=".", metavar="PATH", help="a folder with langgraph.json in it or above")
    deep_link(dev, goes_on="go on with the thread that was open in this project when you left")
    dev.add_argument("--no-studio-user", action="store_true",
                     help="do not use a project with auth as the Studio user")  # fmt: skip
    dev.add_argument("--allow-blocking", action="store_true", help="do not fail on calls that block the event loop")
    dev.add_argument("--n-jobs-per-worker", type=positive, default=10, metavar="N",
                     help="runs at the same time (default: 10)")  # fmt: skip
    dev.add_argument("--debug-port", type=port, default=0, metavar="P", help="let a Python debugger attach here")
    dev.add_argument("--wait-for-client", action="store_true", help="start only when the debugger is there")
    dev.add_argument("--allow-host", type=host_name, action="append", default=[], metavar="NAME",
                     help="answer requests to this host name too, of a tunnel or a proxy (repeatable)")  # fmt: skip


COMMANDS = (
    Command("demo", "open the studio on a bundled demo server", _demo, "  studio-tui demo\n"),
    Command(
        "dev", "start the development server of your project and open the studio on it", _dev,
        "  studio-tui dev\n  studio-tui dev ~/code/my-agent --assistant agent\n",
    ),
)  # fmt: skip
