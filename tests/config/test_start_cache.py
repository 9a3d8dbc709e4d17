"""What a start leaves for the next one: kept whole, and read only as it was written by this user for this Python."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from studio_tui.config import start_cache
from studio_tui.config.start_cache import StartCache


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file that holds one value."""
    path = tmp_path / "cache" / "start.bin"
    cache = StartCache(path)
    cache.put("exec", "text", b"code")
    cache.save()
    return path


def test_what_was_put_is_there_at_the_next_start(path: Path) -> None:
    assert StartCache(path).get("exec", "text") == b"code"
    assert StartCache(path).get("exec", "other") is None
    assert StartCache(path).get("eval", "text") is None
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_what_is_missing_is_made_when_the_file_is_written(path: Path) -> None:
    cache = StartCache(path)
    cache.later(lambda: cache.put("eval", "more", b"else"))
    assert StartCache(path).get("eval", "more") is None
    cache.save()
    assert StartCache(path).get("eval", "more") == b"else"
    assert StartCache(path).get("exec", "text") == b"code"  # it was not asked for, and stays


def test_nothing_is_written_where_nothing_is_new(path: Path) -> None:
    before = path.stat()
    cache = StartCache(path)
    cache.get("exec", "text")
    cache.save()
    assert path.stat().st_ino == before.st_ino


def test_after_the_start_nothing_is_held_and_nothing_is_noted(path: Path) -> None:
    cache = StartCache(path)
    cache.save()
    cache.later(lambda: pytest.fail("noted"))
    cache.save()
    assert not cache.is_open
    assert cache.get("exec", "text") is None


def _open_to_others(path: Path) -> None:
    path.chmod(0o644)


def _linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def _a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def _changed(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"code", b"evil"))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _large(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(start_cache.LIMIT + 1)


@pytest.mark.parametrize("spoil", [_open_to_others, _linked, _a_pipe, _cut, _changed, _empty, _large, Path.unlink])
def test_an_odd_file_reads_as_nothing_and_is_written_anew(path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(path)
    cache = StartCache(path)
    assert cache.get("exec", "text") is None
    cache.put("exec", "text", b"anew")
    cache.save()
    assert StartCache(path).get("exec", "text") == b"anew"


def test_the_file_of_another_user_or_another_python_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "geteuid", lambda: os.getuid() + 1)
        assert StartCache(path).get("exec", "text") is None
    monkeypatch.setattr(start_cache, "_MAKER", b"another")
    assert StartCache(path).get("exec", "text") is None


def test_when_it_grows_too_large_what_this_start_did_not_use_goes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_cache, "LIMIT", 2000)
    for name in ("a", "b"):
        cache = StartCache(path)
        cache.put("exec", name, name.encode() * 1500)
        cache.save()
    assert StartCache(path).get("exec", "a") is None
    assert StartCache(path).get("exec", "b") == b"b" * 1500


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = StartCache(tmp_path / "file" / "start.bin")
    cache.put("exec", "text", b"code")
    cache.save()
    without = StartCache(None)
    without.put("exec", "text", b"code")
    without.save()


def test_a_start_that_failed_leaves_nothing_to_the_next(path: Path) -> None:
    called: list[str] = []
    cache = StartCache(path)
    cache.put("exec", "more", b"code")
    cache.later(lambda: called.append("put"))
    cache.when_distrusted.append(lambda: called.append("distrusted"))
    cache.distrust()
    cache.save()
    assert called == ["distrusted"]
    assert not path.exists()


def test_who_saves_at_the_end_waits_for_who_saves_already(path: Path) -> None:
    begun, goes_on, puts = Event(), Event(), list[int]()
    cache = StartCache(path)

    def put() -> None:
        puts.append(1)
        begun.set()
        assert goes_on.wait(60)
        cache.put("exec", "more", b"code")

    cache.later(put)
    first, second = Thread(target=cache.save), Thread(target=cache.save)
    first.start()
    assert begun.wait(60)
    second.start()
    goes_on.set()
    second.join()
    assert puts == [1]
    assert StartCache(path).get("exec", "more") == b"code"
    first.join()
