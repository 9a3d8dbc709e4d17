"""Runs one command on an event loop of its own and returns the exit code."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module

from studio_tui.cli.context import CliContext
from studio_tui.cli.output import Output
from studio_tui.config.paths import Paths
from studio_tui.config.schema import Settings

_COMMANDS = {
    "demo": "demo",
    "doctor": "doctor",
    "info": "info",
    "completion": "completion",
    "graph": "graph",
    "run": "run",
    "resume": "resume",
    "fork": "fork",
    "tail": "tail",
    "replay": "replay",
    "cancel": "cancel",
    "threads": "threads",
    "runs": "runs",
    "assistants": "assistants",
    "store": "store",
    "crons": "crons",
    "state": "state",
    "history": "state",
}
"""Command to module of `cli.commands`; each is imported only when it is asked for."""


def execute(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    """Run the command in `args`. Raises StudioError, KeyboardInterrupt."""
    module = import_module(f"studio_tui.cli.commands.{_COMMANDS[args.command]}")
    command: Callable[[CliContext], Awaitable[int]] = getattr(module, args.command)
    context = CliContext(args, settings, paths, Output(getattr(args, "format", None) or "text"))
    return asyncio.run(_run(command, context))


async def _run(command: Callable[[CliContext], Awaitable[int]], context: CliContext) -> int:
    return await command(context)
