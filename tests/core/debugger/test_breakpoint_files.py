"""Breakpoints: what the server is told, what is kept on disk."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from studio_tui.core.debugger.debugger import BreakpointFiles
from studio_tui.domain.breakpoint import ALL, Breakpoint, Breakpoints
from studio_tui.domain.ids import NodeId

A, INNER = NodeId("a"), NodeId("sub:inner")
HERE = ("http://127.0.0.1:1", "agent")


def test_only_top_level_nodes_that_are_on_are_sent() -> None:
    marks = Breakpoints()
    for node in (A, NodeId("b"), INNER):
        assert marks.toggle(node, "before")
    marks.enable(NodeId("b"), "before", False)
    assert marks.compile("before") == ["a"]
    assert marks.inside("before") == {INNER}
    assert marks.compile("after") is None
    assert len(marks) == 2
    assert marks.items() == [Breakpoint(A), Breakpoint(NodeId("b"), enabled=False), Breakpoint(INNER)]
    assert [item.is_inside for item in marks.items()] == [False, False, True]
    marks.toggle(ALL, "before")
    assert marks.compile("before") == "*"


def test_toggling_one_that_is_off_switches_it_on_and_then_removes_it() -> None:
    marks = Breakpoints()
    marks.toggle(A, "after")
    marks.enable(A, "after", False)
    assert (len(marks), len(marks.items())) == (0, 1)
    assert marks.toggle(A, "after")
    assert not marks.toggle(A, "after")
    assert not marks.items()
    marks.enable(A, "after", True)
    assert not marks.items()


def test_they_are_kept_per_server_and_graph_in_a_private_file(tmp_path: Path) -> None:
    files = BreakpointFiles(tmp_path / "breakpoints")
    marks = files.of(*HERE)
    marks.toggle(A, "before")
    marks.toggle(INNER, "after")
    marks.enable(INNER, "after", False)
    files.save(marks)
    (file,) = (tmp_path / "breakpoints").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = BreakpointFiles(tmp_path / "breakpoints")
    assert again.of(*HERE).items() == marks.items()
    assert not again.of(HERE[0], "other").items()
    assert not again.of("http://127.0.0.1:2", HERE[1]).items()
    marks.remove(A, "before")
    marks.remove(INNER, "after")
    files.save(marks)
    assert not list((tmp_path / "breakpoints").iterdir())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"breakpoints": 3}', json.dumps({"server": "x", "graph": "y", "breakpoints": [{"node": "a"}]})],
)
def test_an_unreadable_file_counts_as_none(tmp_path: Path, text: str) -> None:
    files = BreakpointFiles(tmp_path)
    marks = files.of(*HERE)
    marks.toggle(A, "before")
    files.save(marks)
    (file,) = tmp_path.iterdir()
    file.write_text(text)
    assert not BreakpointFiles(tmp_path).of(*HERE).items()


def test_odd_entries_are_left_out(tmp_path: Path) -> None:
    files = BreakpointFiles(tmp_path)
    marks = files.of(*HERE)
    marks.toggle(A, "before")
    files.save(marks)
    (file,) = tmp_path.iterdir()
    data = json.loads(file.read_text())
    data["breakpoints"] += [None, 3, {"node": ""}, {"node": "b", "when": "during"}, {"node": "a", "when": "before"}]
    file.write_text(json.dumps(data))
    assert BreakpointFiles(tmp_path).of(*HERE).items() == [Breakpoint(A)]


def test_without_a_folder_nothing_is_written() -> None:
    files = BreakpointFiles(None)
    marks = files.of(*HERE)
    marks.toggle(A, "before")
    files.save(marks)
    assert files.of(*HERE) is marks
