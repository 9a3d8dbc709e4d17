"""Every screen and dialog of the program, found by its class: row 0, a footer that tells the truth, help of its own."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.screen import ModalScreen, Screen

import studio_tui.ui
from studio_tui.core.resources.bulk import Bulk
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import ThreadId
from studio_tui.ui.app.help import HelpScreen, where
from studio_tui.ui.app.palette import PaletteDialog
from studio_tui.ui.assistants.assistants_screen import AssistantsScreen
from studio_tui.ui.commands.key_bar import ALWAYS, KeyBar
from studio_tui.ui.connection.connect_screen import ConnectScreen
from studio_tui.ui.contracts.command import GENERAL
from studio_tui.ui.crons.crons_screen import CronsScreen
from studio_tui.ui.interrupts.inbox_screen import InboxScreen
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt
from studio_tui.ui.kit.dialogs.picker import MultiPickerDialog, PickerChoice
from studio_tui.ui.kit.dialogs.progress import ProgressDialog
from studio_tui.ui.kit.key_line import KeyHint, read_hints
from studio_tui.ui.kit.key_row import KeyRow
from studio_tui.ui.runs.runs_screen import RunsScreen
from studio_tui.ui.screens.over import OverScreen
from studio_tui.ui.store.store_screen import StoreScreen
from studio_tui.ui.threads.threads_screen import ThreadsScreen
from tests.ui.app.test_moved_keys import PAGES, Shown
from tests.ui.conftest import Driven, Start

BASES = {
    "LeavingScreen", "Dialog", "ListDialog", "FormPage", "OverScreen", "ResourceScreen", "LogScreen", "StudioScreen",
    "MainScreen", "_Bottom",
}  # fmt: skip
"""What others are made of, the Studio itself, and what stands below it until it is there."""


async def _never(_thing: int) -> None:
    await asyncio.Event().wait()


OTHERS: dict[str, Shown] = {
    "assistants": lambda _it, _: AssistantsScreen(), "threads": lambda _it, _: ThreadsScreen(),
    "inbox": lambda _it, _: InboxScreen(), "store": lambda _it, _: StoreScreen(), "crons": lambda _it, _: CronsScreen(),
    "runs": lambda _it, _: RunsScreen(ThreadId("t1")), "palette": lambda it, _: PaletteDialog(it.app.screen),
    "several": lambda _it, _: MultiPickerDialog("Pick", [PickerChoice("a", "a")], ("a",)),
    "checked": lambda _it, _: CheckedPrompt("New item", "Namespace and key", "", str),
    "progress": lambda _it, _: ProgressDialog(Bulk([1], _never), "Deleting", "d", str),
}  # fmt: skip
ALL: dict[str, Shown] = {**{name: make for name, (make, _) in PAGES.items()}, **OTHERS}
"""How each is made. A new class needs its line here (or in `PAGES`)."""
WITHOUT_ESC = {"ConfirmDialog", "TrustDialog", "ErrorDialog"}
"""Their answers are told on buttons, or by a key of its own beside esc."""


def _below(kind: type) -> Iterator[type[Any]]:
    children: list[type[Any]] = kind.__subclasses__()
    for child in children:
        yield child
        yield from _below(child)


def _classes() -> set[str]:
    for module in pkgutil.walk_packages(studio_tui.ui.__path__, "studio_tui.ui."):
        importlib.import_module(module.name)
    return {kind.__name__ for kind in _below(Screen) if kind.__module__.startswith("studio_tui.ui")} - BASES


def _footer(it: Driven, screen: Screen[Any]) -> list[KeyHint]:
    """The keys that the screen tells in its rows of keys."""
    registry, found = it.app.commands, list[KeyHint]()
    for bar in screen.query(KeyBar):
        found += bar.hints()
    for row in screen.query(KeyRow):
        found += read_hints(registry, row._template)
    return found


def _ids(screen: Screen[Any], hints: list[KeyHint]) -> set[str]:
    named = re.findall(r"\{([a-z-]+)\}", screen.hints) if isinstance(screen, OverScreen) else []
    rows = [name for row in screen.query(KeyRow) for name in re.findall(r"\{([a-z-]+)\}", row._template)]
    return {name for name in (*named, *rows, *(hint.id for hint in hints), *(hint.last_id for hint in hints)) if name}


async def test_every_screen_says_where_it_is_which_keys_it_has_and_has_help_of_its_own(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    faults: list[str] = []
    helps: list[Screen[Any]] = []
    async with start(size=(80, 24)) as it:
        monkeypatch.setattr(it.app, "go", helps.append)  # what f1 opens is looked at, not drawn
        await it.panels()
        it.studio.app_state.readonly = True
        it.studio.app_state.touch(Slice.CONNECTION)
        for name, make in ALL.items():
            screen = make(it, tmp_path)
            it.app.push_screen(screen)
            await it.until(lambda: it.app.screen is screen and screen.is_mounted, name)  # noqa: B023 - at once
            await it.pilot.pause()
            seen.add(type(screen).__name__)
            faults += [f"{name}: {fault}" for fault in await _faults(it, screen, helps)]
            it.app.pop_screen()
            await it.until(lambda: it.app.screen is it.app.studio_screen, f"back from {name}")
    assert not faults, "\n".join(faults)
    assert _classes() - seen == set(), "a class of a screen that nobody has looked at: give it a line in `OTHERS`"


async def _faults(it: Driven, screen: Screen[Any], helps: list[Screen[Any]]) -> list[str]:
    found: list[str] = []
    commands, is_page = it.app.commands, not isinstance(screen, ModalScreen)
    top, bottom = it.screen.split("\n")[0], it.screen.split("\n")[-1]
    if is_page and not ("127.0.0.1:2024" in top and "READONLY" in top):
        found.append(f"row 0: {top}")
    hints = _footer(it, screen)
    if hints and type(screen).__name__ not in WITHOUT_ESC and hints[-1].keys != "esc":
        found.append(f"the way back is not the last: {[hint.keys for hint in hints]}")
    told = it.screen if isinstance(screen, ConnectScreen) else bottom  # its keys stand in its box
    if is_page and not (" esc " in told and "Help " in told):
        found.append(f"bottom row: {bottom}")
    ids = _ids(screen, hints)
    bound = {item.binding.id for item in screen.active_bindings.values()}
    widgets = {item.binding.id for one in (screen, *screen.query()) for item in _bindings(one)}
    found += [f"{name} is not bound here" for name in sorted(ids - bound - widgets)]
    active = {key: item for key, item in screen.active_bindings.items()
              if not item.binding.action.startswith("scroll_")}  # fmt: skip
    # Every field has those, and passes them on.
    for name in sorted(ids & {*bound, *widgets}):
        keys = [active[key] for key in commands.keys_of(name) if key in active]
        if keys and all(item.node is not screen and item.binding.id != name for item in keys) and "dialog" not in name:
            found.append(f"the key of {name} is taken by {keys[0].node} for {keys[0].binding.action}")
    found += [f"{hint.id} writes and is not dim" for hint in hints
              if hint.able and hint.id and commands[hint.id].mutates]  # fmt: skip
    if isinstance(screen, HelpScreen):
        return found
    helps.clear()
    key = screen.active_bindings.get("f1")
    if key is None or "help" not in key.binding.action:
        return [*found, "f1 is not help"]
    it.app.perform("help")
    if not helps or not isinstance(page := helps[0], HelpScreen):
        return [*found, "f1 opens no help"]
    own = {name for name in ids & bound if commands[name].scope not in GENERAL} - set(ALWAYS)
    found += [f"help does not tell {name}" for name in sorted(own - set(page._here))]
    named = [item for item in commands if item.scope in GENERAL and item.keys and not where(item, page._works)]
    found += [f"help says that {item.id} works here" for item in named if item.id not in bound]
    if page._area in ("", "this screen"):
        found.append("help does not name it")
    return found


def _bindings(widget: Any) -> Iterator[Any]:
    for key, binding in widget._bindings:
        yield type("Bound", (), {"binding": binding, "key": key})
