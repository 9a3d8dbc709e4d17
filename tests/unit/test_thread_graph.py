"""Which graph the open thread belongs to, wherever that is known from."""

from __future__ import annotations

from studio_tui.core.state.app_state import Store
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.run import RunState
from studio_tui.domain.thread import Thread
from tests.unit.session_fakes import THREAD


def test_graph_of_the_open_thread_is_known_from_head_row_or_run() -> None:
    store = Store(thread_id=THREAD)
    assert store.thread_graph == ""
    store.runs = [RunState(graph_id="of the run")]
    assert store.thread_graph == "of the run"
    store.threads.items = [Thread(THREAD, graph_id="of the list")]
    assert store.thread_graph == "of the list"
    store.thread_row = Thread(THREAD, graph_id="of the row")
    assert store.thread_graph == "of the row"
    store.state = Checkpoint(THREAD, metadata={"graph_id": "of the head"})
    assert store.thread_graph == "of the head"
