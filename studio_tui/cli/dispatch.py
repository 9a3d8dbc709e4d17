"""Runs one command on an event loop of its own and returns the exit code."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any

from studio_tui.cli.context import CliContext
from studio_tui.cli.output.stdout import Output
from studio_tui.config.paths import Paths
from studio_tui.config.schema import Settings


def execute(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    """Run `cli.commands.NAME.NAME` for the command in `args`. Raises StudioError, KeyboardInterrupt."""
    module = import_module(f"studio_tui.cli.commands.{args.command}")
    command: Callable[[CliContext], Coroutine[Any, Any, int]] = getattr(module, args.command)
    return asyncio.run(command(CliContext(args, settings, paths, Output(getattr(args, "format", None) or "text"))))
