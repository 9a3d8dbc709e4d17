"""Hostile text through every door of the UI: shown as it is, never obeyed. And the output guard behind the doors."""

from __future__ import annotations

import time
from functools import partial
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Static

from studio_tui.client.target import Target
from studio_tui.core.state.app_state import Notice, Slice
from studio_tui.errors import StudioError
from studio_tui.text.cells import width
from studio_tui.text.spans import Span
from studio_tui.ui.app import textual_patches
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog, ErrorDialog, PromptDialog
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.kit.terminal import safe
from studio_tui.ui.kit.terminal.last_filter import harmless as filtered
from studio_tui.ui.kit.terminal.safe import PlainStatic, plain_notify, set_subtitle, set_title, to_content
from studio_tui.ui.screens.detail import DetailScreen
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio
from tests.ui.harness import actions, screen_text

HOSTILE = [
    "[/foo]",
    "[@click=app.quit]x[/]",
    "[ @click=app.exit]x[/]",
    "{'a': [/x]}",
    "[red]x[/blue]",
    "[link=file:///etc/passwd]x[/link]",
    "[#zzz]x[/]",
    "\x1b]52;c;RVZJTA==\x07",
    "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "\x9b2J",
    "a\x00b",
    "a\u202eb\u202c",
    "\ud83d",
    "tab\there\r\nand there",
    "👩‍💻 界面 e\u0301",
]
CONTROLS = set(map(chr, range(32))) - {"\n"} | set(map(chr, range(0x7F, 0xA0))) | {"\u202e", "\u202c", "\ud83d"}


def harmless(screen: str) -> bool:
    """Tell whether nothing on the screen could drive a terminal."""
    return not CONTROLS & set(screen)


class Doors(App[None]):
    """One widget per way in."""

    CSS = "Static { border: round red; height: 3; }"

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.quit_called = False

    def compose(self) -> ComposeResult:
        yield PlainStatic(self.text, id="plain")
        yield PlainStatic("", id="line")

    def on_mount(self) -> None:
        set_title(self.query_one("#plain"), self.text)
        set_subtitle(self.query_one("#plain"), self.text)
        self.query_one("#line", PlainStatic).set_line((Span(self.text, "accent"), Span(" end", "muted")))
        plain_notify(self, Notice("warning", self.text, self.text, self.text))
        plain_notify(self, StudioError(self.text, self.text, self.text))
        plain_notify(self, self.text)

    async def action_quit(self) -> None:
        self.quit_called = True


@pytest.mark.parametrize("text", HOSTILE)
async def test_every_door_shows_hostile_text_and_obeys_nothing(text: str) -> None:
    app = Doors(text)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await pilot.pause()
        assert harmless(screen_text(app))
        assert not actions(app)
        for y in (1, 4):
            await pilot.click(offset=(2, y))
        assert not app.quit_called


async def test_what_is_told_again_stands_as_long_as_what_is_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Doors("text")
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await pilot.pause()
        start = time.monotonic()
        first: list[str] = []
        for seconds, renewed in ((0.0, False), (1.0, False), (4.0, True)):
            monkeypatch.setattr(safe, "time", SimpleNamespace(monotonic=lambda at=start + seconds: at))
            plain_notify(app, "No node is called so.")
            await pilot.pause()
            found = [item.identity for item in app._notifications if item.message == "No node is called so."]
            assert len(found) == 1
            first = first or found
            assert (found != first) is renewed


@pytest.mark.parametrize("text", [item for item in HOSTILE if item.isascii() and item.isprintable()])
async def test_markup_is_text(text: str) -> None:
    app = Doors(text)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await pilot.pause()
        assert screen_text(app).count(text) >= 4


@pytest.mark.parametrize("part", range(3))
async def test_dialogs_show_hostile_text(start: Start, part: int) -> None:
    fake = FakeStudio()
    async with start(studio=fake) as it:
        for text in HOSTILE[part::3]:
            fake.asks(text)
            for dialog in (
                ConfirmDialog(text, text),
                PromptDialog(text, text),
                ErrorDialog(StudioError(text, text, text)),
                PickerDialog(text, [PickerChoice(text, text, text)]),
                DetailScreen(text, {text: text}),
                DetailScreen(text, text),
                DetailScreen(text, f"# {text}\n**{text}** `{text}`", prose=True),
            ):
                it.app.push_screen(dialog)
                await it.pilot.pause()
                assert harmless(it.screen), ascii(text)
                it.app.pop_screen()
                await it.pilot.pause()


async def test_notices_of_the_store_become_toasts_once(start: Start) -> None:
    async with start() as it:
        it.studio.app_state.notices.append(Notice("error", "Only [/once]", "why"))
        it.studio.app_state.touch(Slice.NOTICES)
        await it.sees("Only [/once]")
        it.studio.app_state.touch(Slice.NOTICES)
        await it.pilot.pause()
        assert it.screen.count("Only [/once]") == 1


async def test_of_two_toasts_that_take_turns_the_lowest_is_the_last_that_was_told(start: Start) -> None:
    async with start() as it:
        for told in ("it is set", "it is removed", "it is set"):
            plain_notify(it.app, told)
            await it.until(partial(_lowest_says, it, told), told)
        assert it.screen.count("it is set") == 1


def _lowest_says(it: Driven, text: str) -> bool:
    rows = [row for row in it.screen.splitlines() if "it is " in row]
    return bool(rows) and text in rows[-1]


async def test_a_click_on_an_action_link_does_nothing(start: Start) -> None:
    async with start() as it:
        evil = Static(Content.from_markup("[@click=app.quit]CLICKME[/]"))
        await it.app.screen.mount(evil, before=0)
        await it.sees("CLICKME")
        await it.pilot.click(offset=(2, 0))
        await it.pilot.pause()
        assert not it.studio.called("aclose")


@pytest.mark.parametrize("action", ["exit", "screenshot", "toggle_dark", "toggle('x')", "simulate_key('q')", "bell"])
async def test_actions_outside_our_own_are_refused(start: Start, action: str) -> None:
    async with start() as it:
        assert await it.app.run_action(action) is False


async def test_spans_keep_their_text(start: Start) -> None:
    line = (Span("[/foo]", "accent"), Span(" b", "muted"))
    async with start() as it:
        assert to_content(line, it.app.screen).plain == "[/foo] b"


@given(st.text())
def test_the_wall_lets_no_control_through_and_keeps_the_width(text: str) -> None:
    out = filtered(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in out)
    assert filtered(out) == out


def test_the_wall_stands_before_the_terminal() -> None:
    textual_patches.install()
    textual_patches.install()
    from rich.color import ColorSystem

    linked = Style(color=Color.parse("red").rich_color, link="http://evil.example")
    out = Strip.render_style(linked, "a\x1b]52;c;x\x07\u202eb 界", ColorSystem.TRUECOLOR)
    assert "\x1b]" not in out
    assert "\x07" not in out
    assert "\u202e" not in out
    assert "evil.example" not in out
    assert "界" in out


async def test_the_screen_shows_no_key_that_is_sent(start: Start) -> None:
    from rich.color import ColorSystem

    key = "lsv2_pt_0123456789"
    async with start(target=Target("http://127.0.0.1:2024", {"x-api-key": key})):
        drawn = Strip.render_style(Style(), f"you sent {key}, and {key[:12]}", ColorSystem.TRUECOLOR)
        assert key[:8] not in drawn
        assert width(drawn) == width(f"you sent {key}, and {key[:12]}")


def test_plain_text_passes_the_wall_unchanged() -> None:
    for text in ("hello", "╭─ 界 é ✓ ‖ ▁▂▃ 👩‍💻", "x" * 500):
        assert filtered(text) == text
        assert width(filtered(text)) == width(text)
