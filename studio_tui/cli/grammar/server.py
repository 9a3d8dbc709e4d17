"""`doctor`, `info`, `completion` and `graph`: what a server, and this program, can tell."""

from __future__ import annotations

import argparse

from studio_tui.cli.grammar.arguments import positive
from studio_tui.cli.grammar.command import Command


def _doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument("url", nargs="?", metavar="URL", help="the server (default: the configured one)")
    doctor.add_argument("--json", action="store_true", help="print one JSON document")


def _completion(completion: argparse.ArgumentParser) -> None:
    completion.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell that is to complete")


def _graph(graph: argparse.ArgumentParser) -> None:
    graph.add_argument(
        "assistant", nargs="?", default="", metavar="A",
        help="assistant id, name or graph id (default: that of the profile, or the only one)",
    )  # fmt: skip
    graph.add_argument("--file", metavar="F", help="draw a saved /graph answer instead of asking a server")
    graph.add_argument("--width", type=positive, metavar="W", help="cells to fit into (default: the terminal)")
    graph.add_argument(
        "--height", type=positive, metavar="H",
        help="rows to fit into: if need be wrapped, as a list or folded, and as low as can be where nothing fits "
        "(default: no limit)",
    )  # fmt: skip
    graph.add_argument("--xray", action="store_true", help="expand subgraphs")


COMMANDS = (
    Command(
        "doctor", "say hop by hop what works on a server", _doctor,
        "  studio-tui doctor\n  studio-tui doctor https://my.server --json\n",
    ),
    Command("info", "print versions, paths and the active server"),
    Command(
        "completion", "print the completion script of a shell", _completion,
        "  source <(studio-tui completion bash)\n"
        "  studio-tui completion fish > ~/.config/fish/completions/studio-tui.fish\n",
    ),
    Command(
        "graph", "print the topology of a graph", _graph,
        "  studio-tui graph agent\n  studio-tui graph agent --xray --format mermaid\n"
        "  studio-tui graph --file saved-graph.json --width 80\n",
        formats=("text", "ascii", "svg", "mermaid", "dot", "json", "layout"),
    ),
)  # fmt: skip
