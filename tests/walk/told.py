"""What the walk knows of the program: its screens, the dialogs that come by themselves, requests that write."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textual.screen import ModalScreen, Screen

import studio_tui.ui
from studio_tui.config.servers import ServerChoice
from studio_tui.core.resources.bulk import Bulk
from studio_tui.errors import StudioError
from studio_tui.ui.connection.credential_dialogs import HeaderDialog, TrustDialog
from studio_tui.ui.kit.dialogs.dialogs import ErrorDialog, PathPrompt
from studio_tui.ui.kit.dialogs.progress import ProgressDialog

_READS = re.compile(
    r"^(GET|POST /(assistants|threads|store/items|runs/crons)/(search|count)|POST /store/namespaces)"
    r"|/(history|versions)$"
)
_STARTS = re.compile(r"^POST (/threads/[^/]+)?/runs(/stream|/wait|/batch)?$")
_BASES = {
    "Dialog", "LeavingScreen",
    "ResourceScreen", "OverScreen",
}  # fmt: skip
"""What screens have in common, and no screen by itself."""


def reads(request: str) -> bool:
    """Whether a request changes nothing."""
    return bool(_READS.search(request.partition("?")[0]))


def starts(request: str) -> bool:
    """Whether a request starts a run."""
    return bool(_STARTS.search(request.partition("?")[0]))


def all_screens() -> set[str]:
    """Return the names of all screens and dialogs of the program."""
    for module in pkgutil.walk_packages(studio_tui.ui.__path__, "studio_tui.ui."):
        importlib.import_module(module.name)
    return {kind.__name__ for kind in _below(Screen) if kind.__module__.startswith("studio_tui")} - _BASES


def _below(kind: type) -> Iterator[type[Any]]:
    children: list[type[Any]] = kind.__subclasses__()
    for child in children:
        yield child
        yield from _below(child)


def dialogs() -> dict[str, ModalScreen[Any]]:
    """Return one of each dialog that the program opens by itself, and the one that chance hardly finds."""
    error = StudioError("Something is wrong", detail="line\n" * 40, hint="Try again")
    bulk = Bulk(range(12), lambda _thing: asyncio.sleep(0.01))
    return {
        "error": ErrorDialog(error),
        "trust": TrustDialog(ServerChoice("http://127.0.0.1:9", source="project")),
        "header": HeaderDialog("127.0.0.1", error),
        "progress": ProgressDialog(bulk, "Trying", "tried", str, "things"),
        "path": PathPrompt("Save", "Save 33 B to", "image.png", Path.cwd()),
    }
