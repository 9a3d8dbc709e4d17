"""What is pasted arrives as one paste, whatever is in it and however the terminal cuts it; keys arrive as before."""

from __future__ import annotations

import os
from selectors import SelectSelector
from threading import Thread
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from studio_tui.ui.kit.terminal.driver import Ending, TerminalDriver, WholePastes, pasted
from studio_tui.ui.kit.terminal.link import LINK
from tests.waiting import until

_PIECES = st.lists(
    st.sampled_from(["\x1b", "[", "2", "0", "1", "~", "m", "a", "\r", "\x1b[31m", "\x1b[200~", "\x1b[A"])
)


def arrived(pieces: list[str]) -> list[str]:
    """What the app is told of this input: a paste in quotes, a key by its name."""
    parser, pastes = XTermParser(), WholePastes()
    told = []
    for text in map(pastes.feed, pieces):
        for event in parser.feed(text) if text else ():
            if isinstance(event, events.Paste):
                told.append(f"'{pasted(event.text)}'")
            elif isinstance(event, events.Key):
                told.append(event.key)
    return told


def test_a_pasted_escape_types_nothing_and_sends_nothing() -> None:
    log = "\x1b[31mred\x1b[0m @/etc/passwd\rnext\r"
    assert arrived([f"a\x1b[200~{log}\x1b[201~b"]) == ["a", f"'{log}'", "b"]


@given(_PIECES, st.integers(1, 8))
def test_a_paste_is_one_however_it_is_cut(content: list[str], size: int) -> None:
    text = "".join(content).replace("\x1b[201~", "")
    if "\x1b[201~" in text:
        return
    sent = f"x\x1b[A\x1b[200~{text}\x1b[201~\x1b[By"
    told = arrived([sent[at : at + size] for at in range(0, len(sent), size)])
    first = (f"{text}\x1b[201~").partition("\x1b[201~")[0]
    assert told == ["x", "up", f"'{first}'", "down", "y"]


@given(_PIECES, st.integers(1, 8))
def test_keys_pass_unchanged_and_at_once(content: list[str], size: int) -> None:
    text = "".join(content).replace("\x1b[200~", "")
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    if "\x1b[200~" not in text:
        pastes = WholePastes()
        assert [pastes.feed(piece) for piece in pieces] == pieces


class Reading:
    """A driver whose terminal is a pipe, and what it has told the app."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[Message] = []
        monkeypatch.setattr(LinuxDriver, "process_message", lambda _, message: self.told.append(message))
        monkeypatch.setattr(LINK, "lose", lambda: None)
        self.ours, self.terminal = os.pipe()
        self.arrived: list[events.Key | events.Paste] = []
        app = SimpleNamespace(services=SimpleNamespace(typeahead=SimpleNamespace(arrives=self.arrived.append)))
        app.app = app
        self.driver = TerminalDriver.__new__(TerminalDriver)
        self.ending = Ending()
        vars(self.driver).update(
            _debug=False, fileno=self.ours, _ending=self.ending, _app=app, frames=SimpleNamespace(acted=lambda: None)
        )


def test_the_driver_hands_the_app_a_whole_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(monkeypatch)
    os.write(reading.terminal, b"\x1b[200~a\x1b[31mb\rc\x1b[201~")
    os.close(reading.terminal)
    reading.driver.run_input_thread()
    os.close(reading.ours)
    assert [message.text for message in reading.told if isinstance(message, events.Paste)] == ["a\x1b[31mb\rc"]
    assert reading.told == reading.arrived


async def test_nothing_wakes_while_nobody_presses_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(monkeypatch)
    looks: list[tuple[float | None, bool]] = []
    """For how long it is waited, and whether a key was read meanwhile."""
    select = SelectSelector.select

    def looked(selector: SelectSelector, timeout: float | None = None) -> object:
        found = select(selector, timeout)
        looks.append((timeout, bool(found)))
        return found

    monkeypatch.setattr(SelectSelector, "select", looked)
    thread = Thread(target=reading.driver.run_input_thread)
    thread.start()
    os.write(reading.terminal, b"j")
    await until(lambda: [key.key for key in reading.arrived if isinstance(key, events.Key)] == ["j"])
    os.write(reading.terminal, b"\x1b")  # a key of its own, or the beginning of another one: that takes a moment
    await until(lambda: [key.key for key in reading.arrived if isinstance(key, events.Key)] == ["j", "escape"])
    reading.ending.set()
    thread.join()
    reading.ending.clear()
    assert all(timeout is not None for timeout, found in looks if not found)
    assert looks[-1] == (None, True)
    assert reading.told == reading.arrived


def test_the_end_of_reading_keys_can_be_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(monkeypatch)
    for _ in range(2):
        thread = Thread(target=reading.driver.run_input_thread)
        thread.start()
        reading.ending.set()
        thread.join()
        reading.ending.clear()
    assert not reading.ending.is_set()
    assert reading.told == []
