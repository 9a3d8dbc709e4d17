"""The options of a run as flags, the same for every command that starts one, and the request that they make."""

from __future__ import annotations

import argparse
from typing import Any
from urllib.parse import urlsplit

from studio_tui.cli.context import object_argument
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.domain.stream_mode import DEFAULT_MODES
from studio_tui.errors import UsageError
from studio_tui.text.sanitize import clean


def request_of(args: argparse.Namespace, **own: Any) -> RunRequest:
    """Return the request that the flags describe; `own` are fields of it that only one command has. UsageError."""
    return RunRequest(
        input=own.pop("input", UNSET),
        stream_modes=tuple(args.stream_mode or DEFAULT_MODES),
        interrupt_before=_stops_in(args.interrupt_before),
        interrupt_after=_stops_in(args.interrupt_after),
        multitask=args.multitask or "reject",
        durability=args.durability,
        on_disconnect=args.on_disconnect,
        recursion_limit=args.recursion_limit,
        webhook=_url(args.webhook),
        metadata=object_argument(args.metadata, "--metadata"),
        config=object_argument(args.config, "--config"),
        context=object_argument(args.context, "--context"),
        after_seconds=args.after_seconds,
        **own,
    )


def _stops_in(names: list[str] | None) -> Any:
    """Return `--interrupt-before` or `--interrupt-after` as a request has it: names, or `*` for all."""
    if not names:
        return ()
    return "*" if "*" in names else tuple(names)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise UsageError(f"`{clean(text, 80)}` is no URL for a webhook", "", "Give a whole one: https://my.host/done")
    return text
