"""Which graph the open thread belongs to, wherever that is known from."""

from __future__ import annotations

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.run import RunState
from studio_tui.domain.thread import Thread
from tests.core.fakes import THREAD


def test_graph_of_the_open_thread_is_known_from_head_row_or_run() -> None:
    app_state = AppState(thread_id=THREAD)
    assert app_state.thread_graph == ""
    app_state.runs = [RunState(graph_id="of the run")]
    assert app_state.thread_graph == "of the run"
    app_state.threads.items = [Thread(THREAD, graph_id="of the list")]
    assert app_state.thread_graph == "of the list"
    app_state.thread_row = Thread(THREAD, graph_id="of the row")
    assert app_state.thread_graph == "of the row"
    app_state.state = Checkpoint(THREAD, metadata={"graph_id": "of the head"})
    assert app_state.thread_graph == "of the head"
