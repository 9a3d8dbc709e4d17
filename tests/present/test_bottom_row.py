"""The row above the keys: honest counts, and clicks that lead where it says."""

from __future__ import annotations

from studio_tui.core.resources.resource import Listed
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, NodeId, ThreadId
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.present.top.bottom import bottom_row, counted
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.spans import plain

KEYS = {"go-threads": "1", "inbox": "I"}


def _state(waiting: int, idle: int, *, has_more: bool = False) -> AppState:
    rows = [Thread(ThreadId(f"w{at}"), ThreadStatus.INTERRUPTED) for at in range(waiting)]
    rows += [Thread(ThreadId(f"i{at}"), ThreadStatus.IDLE) for at in range(idle)]
    server = ServerInfo("http://127.0.0.1:2024", ServerKind.PYTHON, in_memory=True)
    return AppState(server=server, threads=Listed(rows, has_more=has_more))


def _row(app_state: AppState, width: int = 120) -> str:
    return plain(bottom_row(app_state, width, counted(app_state), signs=UNICODE, keys=KEYS).line)


def test_it_counts_threads_those_that_wait_and_breakpoints() -> None:
    app_state = _state(3, 43)
    app_state.breakpoints.toggle(NodeId("agent"), "before")
    row = _row(app_state)
    assert row.startswith(" 1 Threads 46   ‖ 3 wait (I)   ◆ 1 breakpoint")
    assert row.endswith("127.0.0.1:2024 · in memory ")
    assert len(row) == 120


def test_the_server_stands_at_the_right_end_at_every_width_and_its_profile_with_it() -> None:
    app_state = _state(3, 43)
    for width in (40, 80, 120):
        assert "127.0.0.1:2024" in _row(app_state, width)[-30:]
    app_state.server, app_state.profile = ServerInfo("https://prod.example.com/api", ServerKind.PYTHON), "prod"
    app_state.watched = "changes by others are looked for every 5 s"
    assert _row(app_state, 80).endswith(" prod · prod.example.com ")
    assert _row(app_state, 200).endswith("every 5 s · prod · prod.example.com ")
    app_state.behind = True
    assert _row(app_state, 60).endswith("may be old · prod.example.com "), "before how changes are looked for"
    app_state.server = ServerInfo("http://user:secret@prod.example.com")
    assert "secret" not in _row(app_state, 200)


def test_what_is_not_listed_is_not_passed_over() -> None:
    assert _row(_state(3, 43, has_more=True)).startswith(" 1 Threads 46+   ‖ 3+ wait (I)")


def test_the_open_thread_counts_as_it_stands() -> None:
    app_state = _state(1, 1)
    app_state.thread_id = ThreadId("i0")
    app_state.state = Checkpoint(app_state.thread_id, CheckpointId("1f0"), next=("agent",))
    assert "‖ 2 wait" in _row(app_state)
    app_state.thread_id = ThreadId("w0")
    app_state.state = Checkpoint(app_state.thread_id, CheckpointId("1f0"))
    assert "wait" not in _row(app_state)
    app_state.thread_id = ThreadId("gone")
    app_state.state = Checkpoint(app_state.thread_id, CheckpointId("1f0"), next=("agent",))
    assert _row(app_state).startswith(" 1 Threads 3   ‖ 2 wait")
    app_state.thread_gone = True
    assert _row(app_state).startswith(" 1 Threads 2   ‖ 1 waits"), "what the server does not have is not counted"


def test_a_click_leads_where_it_says_at_every_width() -> None:
    app_state = _state(3, 43)
    app_state.breakpoints.toggle(NodeId("agent"), "before")
    for width in range(16, 130):
        row = bottom_row(app_state, width, counted(app_state), signs=UNICODE, keys=KEYS)
        text = plain(row.line)
        assert len(text) == width
        words = {"go-threads": "Threads", "inbox": "wait", "breakpoints": "breakpoint"}
        for begin, end, command in row.spots:
            assert words[command] in text[begin:end] or width < 20
