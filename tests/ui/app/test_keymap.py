"""The user's own keys: understood as people write them, checked, clashes named."""

from __future__ import annotations

import pytest

from studio_tui.ui.app.catalog import apply_keys, build_registry
from studio_tui.ui.contracts.key_names import shown_key, typed_key


@pytest.mark.parametrize(
    ("typed", "name"),
    [("f10", "f10"), ("?", "question_mark"), ("^t", "ctrl+t"), ("[", "left_square_bracket"), ("+", "plus")],
)
def test_keys_are_written_as_people_read_them(typed: str, name: str) -> None:
    assert typed_key(typed) == name
    assert shown_key(name) == typed
    assert typed_key(shown_key(name, spelled=True)) == name


def test_a_capital_in_a_config_file_stays_one() -> None:
    assert typed_key("ctrl+T") == "ctrl+T"


def test_a_key_moves_to_where_the_user_wants_it() -> None:
    registry = build_registry()
    keymap, problems = apply_keys(registry, {"step": "f10", "stop": "f9,x"})
    assert keymap["step"] == "f10"
    assert keymap["stop"] == "f9,x"
    assert registry.keys_of("step") == ("f10",)
    assert problems == ["keys: x is both `stop` and `xray`."]


def test_a_clash_is_named_not_silent() -> None:
    _, problems = apply_keys(build_registry(), {"step": "c"})
    assert problems == ["keys: c is both `continue` and `step`."]


def test_an_unknown_command_gets_the_nearest_name() -> None:
    keymap, problems = apply_keys(build_registry(), {"contineu": "f5"})
    assert keymap == {}
    assert problems == ["keys: no command is called `contineu`. Did you mean `continue`?"]


@pytest.mark.parametrize("key", ["ctrl+i", "ctrl+m", "ctrl+q", "ctrl+p", ""])
def test_keys_that_are_something_else_are_refused(key: str) -> None:
    registry = build_registry()
    keymap, problems = apply_keys(registry, {"step": key})
    assert keymap == {}
    assert registry.keys_of("step") == ("n",)
    assert problems[0].startswith("keys: `step` keeps its key, because")


def test_the_comma_can_be_a_key() -> None:
    keymap, _ = apply_keys(build_registry(), {"older": ","})
    assert keymap == {"older": "comma"}


def test_hints_name_the_keys_in_force() -> None:
    registry = build_registry()
    template = "{page-back} back · {page-search} search · {refresh} again"
    assert registry.hint(template) == "esc back · / search · ^r again"
    apply_keys(registry, {"page-back": "f10", "refresh": "ctrl+t"})
    assert registry.hint(template) == "f10 back · / search · ^t again"


@pytest.mark.parametrize("keys", [{"http-log-curl": "ctrl+z"}, {"help": "Y"}, {"store-delete": "T"}])
def test_a_key_of_the_app_that_a_page_has_as_well_is_a_clash(keys: dict[str, str]) -> None:
    _, problems = apply_keys(build_registry(), keys)
    (command_id,) = keys
    assert problems
    assert all(command_id in problem for problem in problems)


def test_a_page_may_still_be_left_by_the_key_that_opens_it() -> None:
    assert apply_keys(build_registry(), {"quit": "q,f10", "server-log": "ctrl+l"})[1] == []
