"""Asking where a file is to be written, until it is written or the user gives up."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from studio_tui.config.paths import here, home_folder
from studio_tui.crossing import off_the_loop
from studio_tui.text.fmt import size
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.services import Services
from studio_tui.ui.kit.dialogs.dialogs import PATIENCE, ConfirmDialog, PathPrompt
from studio_tui.ui.kit.terminal.saving import Exists, save, target_of


async def save_as(services: Services, name: str, data: bytes, typed: str = "") -> None:
    """Ask for a path and write `data` there, or to what was `typed`; a folder keeps the `name` (safe text).

    Another file is replaced only after a question. Where it was written, or why not, is told.
    """
    asked, folder = not typed, here()
    if asked:
        typed = _by_home(folder / name)
    label = f"Save {size(len(data))} to (a folder keeps the name {name}; relative to {begins_at()})"
    while True:
        if asked:
            answer = await services.ask(PathPrompt("Save", label, typed, folder))
            if answer is None:
                return
            typed = answer
        asked = True
        try:
            path = await off_the_loop(partial(target_of, typed, name), PATIENCE)
            await _write(services, path, data)
        except ValueError as error:
            services.tell(str(error), "error")
        except TimeoutError:
            services.tell("This folder does not answer.", "error")
        else:
            return


def begins_at() -> str:
    """Return the folder where relative paths begin, as safe text."""
    return clean(_by_home(here()), 60)


def _by_home(path: Path) -> str:
    """Return a path as one types it: from the home folder, where it lies in there."""
    home = home_folder()
    if home is None or not path.is_relative_to(home):
        return str(path)
    return f"~/{path.relative_to(home)}" if path != home else "~"


async def _write(services: Services, path: Path, data: bytes) -> None:
    try:
        await off_the_loop(partial(save, path, data))
    except Exists as error:
        text = f"{error}\nIts content would be lost."
        sure = ConfirmDialog("Replace the file?", text, yes="Replace", danger=True)
        if not await services.ask(sure):
            services.tell("Nothing was saved.")
            return
        await off_the_loop(partial(save, path, data, replace=True))
    services.tell(f"Saved: {clean(str(path), 300)} ({size(len(data))})")
