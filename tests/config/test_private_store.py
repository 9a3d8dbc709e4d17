"""Private files: whose they are, what is read of them, and that those of earlier versions are still read."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path

import pytest

from studio_tui.config.private_store import PrivateFile, PrivateStore, append_private, new_private, write_private
from studio_tui.config.state import read_state
from studio_tui.config.trust import Trust
from studio_tui.core.debugger.debugger import BreakpointFiles
from studio_tui.core.inputs.drafts import Draft, DraftKey, Drafts
from studio_tui.core.inputs.sent_inputs import Sent, SentInputs
from studio_tui.core.state.app_state import AppState
from studio_tui.core.threads.saved_views import SavedViews
from studio_tui.core.timetravel.branch_names import BranchNames
from studio_tui.domain.breakpoint import Breakpoint
from studio_tui.domain.ids import CheckpointId, NodeId, ThreadId
from studio_tui.domain.thread_query import ThreadQuery

LIMIT = 1000


def digest(*key: str) -> str:
    """The name of a file as versions before the store spelled it."""
    return hashlib.sha256("\0".join(key).encode()).hexdigest()[:32]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_and_folders_are_the_users_alone(tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir(mode=0o755)
    loose.chmod(0o755)
    write_private(loose / "a", "x")
    append_private(loose / "b", "x")
    made = new_private(loose, "x", prefix="edit-", suffix=".json")
    assert mode(loose) == 0o700
    assert {mode(path) for path in (loose / "a", loose / "b", made)} == {0o600}


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = PrivateFile(tmp_path / "f.json", LIMIT)
    file.write({"a": 1})

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.write({"a": 2})
    assert file.read() == {"a": 1}
    assert len(list(tmp_path.iterdir())) == 1


def test_too_much_is_refused_and_what_was_kept_stays(tmp_path: Path) -> None:
    file = PrivateFile(tmp_path / "f.json", LIMIT)
    file.write({"a": 1})
    with pytest.raises(OSError, match="large"):
        file.write({"a": "é" * LIMIT})
    assert file.read() == {"a": 1}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"\xff\x00", b"[" * 900, b'{"a": "' + b"x" * LIMIT + b'"}', b'{"a": ' + b"9" * 990],
)
def test_what_is_no_object_reads_as_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f.json").write_bytes(content)
    assert PrivateFile(tmp_path / "f.json", LIMIT).read() == {}


def test_what_is_no_file_is_neither_read_nor_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "circle.json").symlink_to("circle.json")
    for name in ("pipe", "folder", "circle", "missing"):
        file = PrivateFile(tmp_path / f"{name}.json", LIMIT)
        assert file.read() == {}
        assert file.head(10) == ""


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / "f.json").symlink_to(other)
    PrivateFile(tmp_path / "f.json", LIMIT).write({"a": 1})
    (tmp_path / f".g.json.{os.getpid()}.tmp").symlink_to(other)
    with pytest.raises(OSError, match="symbolic"):
        PrivateFile(tmp_path / "g.json", LIMIT).write({"a": 1})
    assert other.read_text() == "mine"


def test_without_a_folder_nothing_is_kept() -> None:
    store = PrivateStore(None, ".json", LIMIT)
    store.file("a").write({"a": 1})
    store.file("a").remove()
    assert store.file("a").read() == {}
    assert store.files("a") == []
    assert store.file("a").age == 0


def test_the_oldest_of_a_kind_go_first_and_other_kinds_stay(tmp_path: Path) -> None:
    store, other = PrivateStore(tmp_path, ".one.json", LIMIT), PrivateStore(tmp_path, ".two.json", LIMIT)
    other.file("x").write({})
    for number in range(5):
        file = store.file(str(number))
        file.write({"n": number})
        assert file.path is not None
        os.utime(file.path, (number, number))
    store.prune(2)
    assert sorted(file.read()["n"] for file in store.files()) == [3, 4]
    assert len(other.files()) == 1


def test_one_that_cannot_be_deleted_keeps_no_other(tmp_path: Path) -> None:
    store = PrivateStore(tmp_path, ".one.json", LIMIT)
    for number in range(5):
        store.file(str(number)).write({"n": number})
    (tmp_path / "a-folder.one.json").mkdir()
    os.utime(tmp_path / "a-folder.one.json", (0, 0))
    store.prune(2)
    assert len([file for file in store.files() if file.path is not None and file.path.is_file()]) == 2


# -- files of earlier versions --------------------------------------------------------------------------------------


def test_old_drafts_are_found(tmp_path: Path) -> None:
    name = digest("http://s", "agent", "t1")
    old = {"v": 1, "by": "1-1", "mode": "json", "text": '{"a": 1}'}
    (tmp_path / f"{name}.draft.json").write_text(json.dumps(old))
    (tmp_path / f"{name}.2.draft.json").write_text(json.dumps({**old, "by": "mine", "mode": "chat", "text": "hi"}))
    key = DraftKey("http://s", "agent", "t1")
    assert Drafts(tmp_path, program="mine").load(key) == Draft("chat", "hi")
    assert Drafts(tmp_path, program="new", running=lambda name: name == "mine").load(key) == Draft("json", '{"a": 1}')


def test_old_sent_inputs_are_found(tmp_path: Path) -> None:
    entries = [{"mode": "chat", "text": "one"}, {"mode": "json", "text": "{}"}]
    (tmp_path / f"{digest('http://s', 'agent')}.json").write_text(json.dumps({"v": 1, "entries": entries}))
    sent = SentInputs(tmp_path, "http://s", "agent")
    sent.load()
    assert sent.entries == [Sent("chat", "one"), Sent("json", "{}")]


def test_old_breakpoints_are_found(tmp_path: Path) -> None:
    rows = [{"node": "plan", "when": "before", "enabled": True}]
    data = {"v": 1, "server": "http://s", "graph": "g", "breakpoints": rows}
    (tmp_path / f"{digest('http://s', 'g')}.json").write_text(json.dumps(data, indent=1))
    assert BreakpointFiles(tmp_path).of("http://s", "g").items() == [Breakpoint(NodeId("plan"))]


def test_old_branch_names_are_found(tmp_path: Path) -> None:
    data = {"v": 1, "names": {"c1": "try two"}}
    (tmp_path / f"{digest('http://s', 't1')}.branches.json").write_text(json.dumps(data))
    assert BranchNames(AppState(), tmp_path, lambda: "http://s").of(ThreadId("t1")) == {CheckpointId("c1"): "try two"}


def test_old_views_state_and_trust_are_found(tmp_path: Path) -> None:
    (tmp_path / "views.json").write_text(json.dumps({"v": 1, "views": {"mine": {"status": "busy"}}}, indent=1))
    assert SavedViews(tmp_path / "views.json").all() == {"mine": ThreadQuery(status="busy")}
    remembered = {"servers": ["http://s"], "last": {"http://s": {"thread": "t1"}}, "theme": "x"}
    (tmp_path / "state.json").write_text(json.dumps(remembered, indent=1))
    assert read_state(tmp_path / "state.json").last["http://s"]["thread"] == "t1"
    (tmp_path / "trusted.json").write_text(json.dumps({"https://s:443": ["MY_KEY"]}, indent=1))
    assert Trust(tmp_path / "trusted.json").allows("https://s", ["MY_KEY"])
