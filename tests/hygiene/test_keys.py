"""The commands and their documentation cannot drift apart."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from studio_tui.ui.app.catalog import RESERVED, apply_keys, build_registry, key_table_markdown
from studio_tui.ui.assistants.commands import BAR
from studio_tui.ui.commands.bars import Situation, State, bar
from studio_tui.ui.studio.panels import PANELS
from tests.paths import ROOT

COMMANDS = list(build_registry())
AREAS = (*(panel.id for panel in PANELS), "dock", "answer", "composer")
FIXED = {"j", "k", "g", "G", "h", "l", "down", "up", "left", "right", "home", "end", "ctrl+d", "ctrl+u", "pageup",
         "pagedown", "enter", "space"}  # fmt: skip
"""Keys that lists bind themselves."""


def test_no_key_means_two_things_in_one_scope() -> None:
    assert apply_keys(build_registry(), {})[1] == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_says_what_it_does(command: object) -> None:
    from studio_tui.ui.contracts.command import Command

    assert isinstance(command, Command)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", command.id)
    assert command.help.endswith(".")
    assert command.help[0].isupper() or command.help.startswith("State:")
    assert len(command.short or command.title) <= 18
    # The palette parses titles as markup.
    assert not set("[]") & set(command.title)
    if command.scope in ("app", "studio"):
        assert not set(command.keys) & (FIXED | set(RESERVED))


def test_every_list_moves_by_the_same_keys() -> None:
    moving = {"j", "k", "g", "G", "up", "down", "home", "end", "ctrl+d", "ctrl+u", "pagedown", "pageup"}
    keys: dict[str, set[str]] = {}
    for command in COMMANDS:
        keys.setdefault(command.scope, set()).update(command.keys)
    fields = {"checks", "choice"}  # of a form: up and down go to the fields around them
    lists = {scope: found & moving for scope, found in keys.items() if "j" in found and scope not in fields}
    assert lists == dict.fromkeys(("list", "graph", "pick-list"), moving)


def test_the_contract_of_keys_is_kept() -> None:
    promised = {
        "go-threads": "1", "go-graph": "2", "go-timeline": "3", "go-state": "4", "go-messages": "5", "go-diff": "6",
        "go-raw": "7", "tab-prev": "left_square_bracket", "tab-next": "right_square_bracket", "back": "escape",
        "zoom": "z", "command": "colon", "filter": "slash", "help": "question_mark", "http-log": "at",
        "refresh": "ctrl+r", "theme": "T", "server": "S", "quit": "q", "thread-new": "A", "yank": "y", "delete": "D",
        "input": "i", "run": "r", "step": "n", "continue": "c", "stop": "s", "follow": "F", "break-before": "b",
        "break-after": "B", "breakpoints": "ctrl+b", "older": "comma",
        "newer": "full_stop", "diff": "d", "mark": "m", "branch-prev": "less_than_sign",
        "branch-next": "greater_than_sign",
        "rerun": "R", "edit": "e",
        "fork": "f", "undo": "u", "redo": "U",
        "xray": "x", "observed": "O", "zoom-in": "plus", "zoom-out": "minus", "fit": "0", "yank-as": "Y", "raw": "v",
        "assistants": "a", "resume": "enter", "approve": "y", "reject": "n", "resume-edit": "e",
    }  # fmt: skip
    registry = build_registry()
    assert {name: registry[name].keys[0] for name in promised} == promised


def test_every_panel_has_a_key_bar_of_known_commands() -> None:
    registry = build_registry()
    assert all(command_id in registry for command_id in BAR)
    for area in AREAS:
        for state in get_args(State):
            ids = bar(area, Situation(state, search=True, zoomed=True))
            assert len(ids) == len(set(ids)) <= 14, (area, state)
            assert all(command_id in registry for command_id in ids), (area, state)


def test_the_readme_has_the_generated_table_of_keys() -> None:
    readme = ROOT / "README.md"
    if not readme.is_file():
        pytest.skip("the README is not written yet")
    assert key_table_markdown() in readme.read_text(encoding="utf-8")
