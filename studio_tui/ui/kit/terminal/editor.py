"""Editing a text in the user's editor: the app gives the terminal away and takes it back."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from studio_tui.config.private_store import new_private
from studio_tui.errors import UsageError
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.terminal.lending import lent


def editor_command() -> list[str]:
    """Return the words of `$VISUAL`, `$EDITOR` or `vi`. Raises UsageError when they cannot be parsed."""
    spelled = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        words = shlex.split(spelled)
    except ValueError as error:
        raise UsageError("$EDITOR cannot be understood", str(error), "Check its quotes.") from error
    return words or ["vi"]


async def edit(app: App[Any], text: str, suffix: str) -> str:
    """Open `text` in the editor and return it as saved. Raises UsageError; the draft file then stays on disk."""
    services = services_of(app)
    path = new_private(services.options.paths.drafts_dir, text, prefix="edit-", suffix=suffix)
    code = await _run(app, [*editor_command(), str(path)])
    services.typeahead.drop("The editor was open")  # what was typed for it before it opened is for nobody else
    if code != 0:
        raise UsageError(f"The editor ended with exit code {code}", f"Your text is kept in {path}", "Nothing changed.")
    return _taken(path)


def _taken(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    path.unlink(missing_ok=True)
    return text


async def _run(app: App[Any], words: list[str]) -> int:
    try:
        with lent(app):
            process = await asyncio.create_subprocess_exec(*words, stdin=sys.__stdin__, stdout=sys.__stdout__)
            return await process.wait()
    except OSError as error:
        hint = "Set $EDITOR to an editor that is installed."
        raise UsageError(f"`{words[0]}` could not be started", error.strerror or "", hint) from error
    except SuspendNotSupported as error:
        raise UsageError("This terminal cannot be given to an editor", "", "Use the composer instead.") from error
