"""Sent inputs: kept per assistant, bounded, searchable, shared between sessions."""

from __future__ import annotations

from pathlib import Path

from studio_tui.core.inputs.sent_inputs import LARGEST_ENTRY, LARGEST_FILE, MOST_ENTRIES, Sent, SentInputs


def test_inputs_are_there_in_the_next_session(tmp_path: Path) -> None:
    history = SentInputs(tmp_path, "s", "a")
    history.remember(Sent("chat", "one"))
    history.remember(Sent("json", '{"x": 1}'))
    assert history.write()
    again = SentInputs(tmp_path, "s", "a")
    again.load()
    assert again.entries == [Sent("chat", "one"), Sent("json", '{"x": 1}')]
    other = SentInputs(tmp_path, "s", "b")
    other.load()
    assert other.entries == []


def test_the_file_is_private(tmp_path: Path) -> None:
    history = SentInputs(tmp_path / "h", "s", "a")
    history.remember(Sent("chat", "one"))
    history.write()
    (file,) = (tmp_path / "h").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_same_input_moves_to_the_end(tmp_path: Path) -> None:
    history = SentInputs(tmp_path, "s", "a")
    for text in ("a", "b", "a"):
        history.remember(Sent("chat", text))
    assert [entry.text for entry in history.entries] == ["b", "a"]


def test_blank_and_huge_inputs_are_not_remembered(tmp_path: Path) -> None:
    history = SentInputs(tmp_path, "s", "a")
    assert not history.remember(Sent("chat", " \n"))
    assert not history.remember(Sent("chat", "x" * (LARGEST_ENTRY + 1)))
    assert history.entries == []


def test_number_and_size_are_bounded(tmp_path: Path) -> None:
    history = SentInputs(tmp_path, "s", "a")
    for number in range(MOST_ENTRIES + 20):
        history.remember(Sent("chat", str(number)))
    assert len(history.entries) == MOST_ENTRIES
    assert history.entries[-1].text == str(MOST_ENTRIES + 19)
    for number in range(40):
        history.remember(Sent("chat", f"{number}" + "x" * (LARGEST_ENTRY - 10)))
    assert sum(len(entry.text) for entry in history.entries) <= LARGEST_FILE


def test_two_sessions_keep_each_others_inputs(tmp_path: Path) -> None:
    one, two = SentInputs(tmp_path, "s", "a"), SentInputs(tmp_path, "s", "a")
    one.remember(Sent("chat", "from one"))
    one.write()
    two.remember(Sent("chat", "from two"))
    two.write()
    one.load()
    assert {entry.text for entry in one.entries} == {"from one", "from two"}


def test_a_broken_file_counts_as_empty_and_is_replaced(tmp_path: Path) -> None:
    history = SentInputs(tmp_path, "s", "a")
    history.remember(Sent("chat", "x"))
    history.write()
    next(tmp_path.iterdir()).write_text("{broken")
    again = SentInputs(tmp_path, "s", "a")
    again.load()
    assert again.entries == []
    again.remember(Sent("chat", "y"))
    assert again.write()
