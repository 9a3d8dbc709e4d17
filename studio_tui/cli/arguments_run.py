"""The command line's grammar of runs: the options that every command has that starts one. Imports little."""

from __future__ import annotations

import argparse

from studio_tui.cli.arguments_numbers import not_negative, positive
from studio_tui.domain.stream_mode import MODES


def run_options(parser: argparse.ArgumentParser) -> None:
    """Add stream modes, stops, config and how the server is to carry the run out."""
    group = parser.add_argument_group("options of the run")
    group.add_argument(
        "--stream-mode", action="append", choices=MODES, metavar="M", help="repeatable: " + " ".join(MODES)
    )
    for when in ("before", "after"):
        group.add_argument(
            f"--interrupt-{when}", action="append", metavar="N",
            help=f"stop {when} node N (* for all; sub:N in a subgraph); repeatable",
        )  # fmt: skip
    group.add_argument("--config", metavar="JSON", help='run config, for example \'{"tags": ["test"]}\'')
    group.add_argument("--context", metavar="JSON", help="run context")
    group.add_argument("--recursion-limit", type=positive, metavar="N", help="most supersteps of the run")
    group.add_argument("--multitask", choices=("reject", "enqueue", "interrupt", "rollback"),
                       help="what to do when the thread is busy (default: reject)")  # fmt: skip
    group.add_argument("--durability", choices=("sync", "async", "exit"), help="when checkpoints are written")
    group.add_argument("--on-disconnect", choices=("continue", "cancel"), default="continue",
                       help="what becomes of the run when nobody follows it any more (default: continue)")  # fmt: skip
    group.add_argument("--metadata", metavar="JSON", help="metadata of the run")
    group.add_argument("--webhook", metavar="URL", default="", help="called by the server when the run has ended")
    group.add_argument("--after-seconds", type=not_negative, metavar="N", help="start it so many seconds later")
    group.add_argument("--force", action="store_true", help="send it although a check refused it, or could not be made")
    record_flag(parser)


def record_flag(parser: argparse.ArgumentParser) -> None:
    """Add `--record`."""
    parser.add_argument("--record", metavar="FILE", default="", help="also write what the server tells to a new file")
