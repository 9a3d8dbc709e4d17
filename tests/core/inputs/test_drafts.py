"""Drafts survive a crash, stay private and bounded, and never fail loudly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio_tui.core.inputs.drafts import (
    MOST_DRAFTS,
    Draft,
    DraftKey,
    Drafts,
    InputDrafts,
    Unsaved,
    is_running,
    this_program,
)
from tests.paths import ROOT

KEY = DraftKey("http://127.0.0.1:2024", "agent", "t1")


def test_a_draft_is_there_after_a_restart(tmp_path: Path) -> None:
    assert Drafts(tmp_path / "d").save(KEY, Draft("chat", "half a thought \ud83d é\n"))
    assert Drafts(tmp_path / "d").load(KEY) == Draft("chat", "half a thought \ud83d é\n")


def test_each_server_assistant_and_thread_has_its_own(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    keys = [KEY, DraftKey(KEY.server, "agent", "t2"), DraftKey(KEY.server, "other", "t1"), DraftKey("x", "agent", "t1")]
    for number, key in enumerate(keys):
        drafts.save(key, Draft("chat", str(number)))
    assert [drafts.load(key) for key in keys] == [Draft("chat", str(number)) for number in range(4)]


def test_files_are_private_and_do_not_tell_the_server(tmp_path: Path) -> None:
    Drafts(tmp_path / "d").save(KEY, Draft("chat", "x"))
    (file,) = (tmp_path / "d").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert "127.0.0.1" not in file.name + file.read_text()


def test_an_empty_draft_is_removed(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.save(KEY, Draft("chat", "x"))
    drafts.save(KEY, None)
    assert drafts.load(KEY) is None
    assert list(tmp_path.iterdir()) == []


def test_the_save_asked_for_later_wins_whenever_it_runs(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    first, second = drafts.saving(KEY, Draft("chat", "old")), drafts.saving(KEY, Draft("chat", "new"))
    assert second()
    assert first()
    assert drafts.load(KEY) == Draft("chat", "new")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"text": 3}', "\x00\xff", "[" * 100_000])
def test_a_broken_file_counts_as_no_draft(tmp_path: Path, content: str) -> None:
    drafts = Drafts(tmp_path)
    drafts.save(KEY, Draft("chat", "x"))
    next(tmp_path.iterdir()).write_bytes(content.encode("latin-1"))
    assert drafts.load(KEY) is None


def test_old_drafts_go_when_there_are_too_many(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    for number in range(MOST_DRAFTS + 3):
        key = DraftKey("s", "a", str(number))
        drafts.save(key, Draft("chat", "x"))
        newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (number, number))
    drafts.save(KEY, Draft("chat", "x"))
    assert len(list(tmp_path.iterdir())) == MOST_DRAFTS
    assert drafts.load(KEY) is not None
    assert drafts.load(DraftKey("s", "a", "0")) is None


def test_a_folder_that_cannot_be_written_is_reported_not_raised(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert Drafts(blocked).save(KEY, Draft("chat", "x")) is False


def test_a_draft_survives_the_killing_of_its_program(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib\n"
        "from studio_tui.core.inputs.drafts import *\n"
        "d = Drafts(pathlib.Path(sys.argv[1]))\n"
        "d.save(DraftKey('s', 'a', 't'), Draft('json', 'kept'))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert Drafts(tmp_path).load(DraftKey("s", "a", "t")) == Draft("json", "kept")


def test_two_programs_keep_two_drafts_of_the_same_place(tmp_path: Path) -> None:
    one, two = (Drafts(tmp_path, program=name, running=lambda _name: True) for name in ("one", "two"))
    one.save(KEY, Draft("chat", "typed in one"))
    assert two.load(KEY) is None  # it is being typed over there
    two.save(KEY, Draft("chat", "typed in two"))
    one.save(KEY, Draft("chat", "typed in one, more"))
    assert (one.load(KEY), two.load(KEY)) == (Draft("chat", "typed in one, more"), Draft("chat", "typed in two"))
    two.save(KEY, None)
    assert one.load(KEY) == Draft("chat", "typed in one, more")


def test_what_a_dead_program_left_is_taken_over_newest_first_and_none_is_lost(tmp_path: Path) -> None:
    for number, name in enumerate(("one", "two")):
        Drafts(tmp_path, program=name, running=lambda _name: True).save(KEY, Draft("chat", f"of {name}"))
        (path,) = [path for path in tmp_path.iterdir() if f"of {name}" in path.read_text()]
        os.utime(path, (number, number))
    later = Drafts(tmp_path, program="later", running=lambda name: name == "later")
    assert later.load(KEY) == Draft("chat", "of two")
    later.save(KEY, Draft("chat", "goes on"))
    assert any("of one" in path.read_text() for path in tmp_path.iterdir())
    later.save(KEY, None)
    assert later.load(KEY) == Draft("chat", "of one")


def test_a_draft_that_is_only_looked_at_is_neither_overwritten_nor_removed(tmp_path: Path) -> None:
    Drafts(tmp_path, program="dead").save(KEY, Draft("chat", "left behind"))
    mine = Drafts(tmp_path, program="mine")
    found = mine.find(KEY)
    assert found is not None
    mine.save(KEY, Draft("chat", "typed before it came"))
    mine.save(KEY, None)
    mine.take(found)
    assert mine.load(KEY) == Draft("chat", "left behind")


def test_a_running_program_is_known_and_a_number_used_again_is_not() -> None:
    number, _, started = this_program().partition("-")
    assert is_running(this_program())
    assert not is_running("")
    assert not is_running(f"{2**31 - 1}-1")
    if started:
        assert not is_running(f"{number}-1{started}")


def test_all_drafts_are_saved_even_when_one_editor_is_broken() -> None:
    unsaved = Unsaved()
    saved: list[str] = []

    def save_second() -> bool:
        saved.append("b")
        return True

    unsaved.add("a", "the first", lambda: 1 / 0 > 0)
    unsaved.add("b", "the second", save_second)
    unsaved.add("c", "the third", lambda: False)
    unsaved.add("d", "the fourth", lambda: False)
    unsaved.close("d")
    assert unsaved.save() == ["the first", "the third"]
    assert saved == ["b"]


def test_nothing_typed_removes_no_draft_that_nobody_has_taken(tmp_path: Path) -> None:
    Drafts(tmp_path / "d", program="dead").save(KEY, Draft("chat", "left behind"))
    memory = InputDrafts(tmp_path / "d")
    memory.target = KEY
    assert memory.keep(None) is None  # the program ended before the draft was read
    found = memory.load(KEY)
    assert found is not None
    memory.take(KEY, found)
    write = memory.keep(None)
    assert write is not None
    assert write()
    assert Drafts(tmp_path / "d").load(KEY) is None
