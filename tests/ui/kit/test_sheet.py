"""Rules of the last start are those that would be read: of the same sheet, the same colours and the same Textual."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.css.model import RuleSet

from studio_tui.config.start_cache import StartCache
from studio_tui.ui.kit.terminal import sheet as sheets
from studio_tui.ui.kit.terminal.sheet import Sheet

CSS = """
Panel { color: $front; background: $front 30%; border: round $front; padding: 1 2; width: 1fr; offset: 1 50%;
  &:focus, &:hover { text-style: bold; .inner > #one { display: none; layout: horizontal; transition: offset 1s; } }
}
* { scrollbar-size: 1 2; color: auto 60% !important; text-opacity: 50%; align: center middle; }
"""
SOURCE = (("a.tcss", "Panel.DEFAULT_CSS"), True, 3, "Panel")


def _sheet(path: Path | None, front: str = "#123456", css: str = CSS) -> tuple[Sheet, StartCache]:
    start = StartCache(path)
    sheet = Sheet(variables={"front": front}, start=start)
    (read_from, is_default, tie_breaker, scope) = SOURCE
    sheet.add_source(css, read_from, is_default, tie_breaker, scope)
    return sheet, start


def _all(rule: RuleSet) -> object:
    parts = [part for part_set in rule.selector_set for part in part_set.selectors]
    selectors = [(part.css, part.advance, part.specificity) for part in parts]
    sets = [part_set.specificity for part_set in rule.selector_set]
    names = (rule.selector_names, rule.pseudo_classes, rule.is_default_rules, rule.tie_breaker)
    return rule.css, selectors, sets, names, repr(rule.styles.get_rules()), rule.styles.important


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of a start that read the sheet."""
    path = tmp_path / "start.bin"
    sheet, start = _sheet(path)
    assert sheet.rules
    start.save()
    return path


def test_the_rules_of_the_last_start_are_those_of_the_sheet(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = [_all(rule) for rule in _sheet(None)[0].rules]
    with monkeypatch.context() as patched:
        patched.setattr("textual.css.stylesheet.parse", lambda *_, **__: pytest.fail("read again"))
        kept = _sheet(path)[0].rules
        assert [_all(rule) for rule in kept] == read
    assert len(read) > 4


def test_another_sheet_other_colours_or_another_textual_are_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for sheet, start in (_sheet(path, css=CSS + " "), _sheet(path, front="#654321")):
        assert sheet.rules
        assert len(start._missed) == 1
    monkeypatch.setattr(sheets, "_maker", lambda: "another")
    sheet, start = _sheet(path)
    assert sheet.rules
    assert len(start._missed) == 1


def test_where_nothing_tells_the_textual_nothing_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_maker", lambda: "")
    sheet, start = _sheet(path)
    assert sheet.rules
    assert start._missed == []


def test_other_colours_later_are_read_with_the_start_over(path: Path) -> None:
    sheet, start = _sheet(path)
    assert sheet.rules
    start.save()
    sheet.set_variables({"front": "#ff0000"})
    sheet.reparse()
    colour = sheet.rules[0].styles.get_rules().get("color")
    assert colour is not None
    assert colour.hex == "#FF0000"


def test_this_textual_can_be_told() -> None:
    assert len(sheets._maker().split()) > 30
