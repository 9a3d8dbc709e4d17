"""Drafts survive a crash, stay private and bounded, and never fail loudly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio_tui.core.inputs.drafts import MOST_DRAFTS, Draft, DraftKey, Drafts

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
    first, second = drafts.next_serial(), drafts.next_serial()
    drafts.save(KEY, Draft("chat", "new"), second)
    drafts.save(KEY, Draft("chat", "old"), first)
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
        os.utime(tmp_path / f"{key.digest}.draft.json", (number, number))
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
    root = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=root, check=False)
    assert done.returncode == -9
    assert Drafts(tmp_path).load(DraftKey("s", "a", "t")) == Draft("json", "kept")
