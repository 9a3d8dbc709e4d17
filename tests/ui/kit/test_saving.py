"""A file is saved where the user says, privately and whole, over nothing that was there unless asked."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from studio_tui.ui.kit.terminal.saving import Exists, save, target_of


def test_a_file_is_written_whole_and_private(tmp_path: Path) -> None:
    path = target_of(str(tmp_path / "a.png"), "x")
    save(path, b"\x00\xffdata")
    assert path.read_bytes() == b"\x00\xffdata"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"before")
    with pytest.raises(Exists, match="exists already, 6 B"):
        save(path, b"after")
    assert path.read_bytes() == b"before"
    save(path, b"after", replace=True)
    assert path.read_bytes() == b"after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_leads_to_its_file_and_one_that_appears_meanwhile_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"before")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert target_of(str(tmp_path / "link"), "x") == (tmp_path / "real").resolve()
    with pytest.raises(Exists):
        save(tmp_path / "link", b"after")


def test_home_and_folders_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    home = tmp_path.resolve()
    assert target_of("~/a", "n") == home / "a"
    assert target_of(" a ", "n") == home / "a"
    assert target_of("~", "n.png") == home / "n.png"
    assert target_of("sub", "n.png") == home / "sub" / "n.png"
    assert target_of("sub/", "n.png") == home / "sub" / "n.png"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type the path"),
        ("  ", "Type the path"),
        ("a\0b", "cannot hold"),
        ("{tmp}/no/a", "does not exist"),
        ("{tmp}/file/a", "is no folder"),
        ("{tmp}/sub", "is a folder"),
        ("{tmp}/pipe", "no ordinary file"),
        ("/dev/null", "no ordinary file"),
        ("~no-such-user-here/a", "no home folder"),
        ("{tmp}/circle", "cannot be used|exists|circle|ordinary"),
        ("{tmp}/" + "x" * 300, "cannot be used|cannot be written"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, typed: str, words: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "sub" / "n").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises((ValueError, Exists), match=words):
        save(target_of(typed.replace("{tmp}", str(tmp_path)), "n"), b"x")


def test_a_full_disk_leaves_nothing_behind_and_what_was_there_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"before")

    def full(_handle: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ValueError, match="No space left"):
        save(tmp_path / "new", b"data")
    with pytest.raises(ValueError, match="No space left"):
        save(kept, b"after", replace=True)
    assert kept.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [kept]
