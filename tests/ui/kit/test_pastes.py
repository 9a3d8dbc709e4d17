"""What is pasted arrives as one paste, whatever is in it and however the terminal cuts it; keys arrive as before."""

from __future__ import annotations

import os
from threading import Event
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from studio_tui.ui.kit.terminal.driver import TerminalDriver, WholePastes, pasted
from studio_tui.ui.kit.terminal.link import LINK

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


def test_the_driver_hands_the_app_a_whole_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Message] = []
    monkeypatch.setattr(LinuxDriver, "process_message", lambda _, message: told.append(message))
    monkeypatch.setattr(LINK, "lose", lambda: None)
    ours, terminal = os.pipe()
    os.write(terminal, b"\x1b[200~a\x1b[31mb\rc\x1b[201~")
    os.close(terminal)
    driver = TerminalDriver.__new__(TerminalDriver)
    arrived: list[events.Key | events.Paste] = []
    app = SimpleNamespace(services=SimpleNamespace(typeahead=SimpleNamespace(arrives=arrived.append)))
    app.app = app
    vars(driver).update(
        _debug=False, fileno=ours, exit_event=Event(), _app=app, frames=SimpleNamespace(acted=lambda: None)
    )
    driver.run_input_thread()
    os.close(ours)
    assert [message.text for message in told if isinstance(message, events.Paste)] == ["a\x1b[31mb\rc"]
    assert told == arrived
