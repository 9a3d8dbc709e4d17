"""What is copied belongs to the row under the cursor, and the screen can be kept as a picture."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual.screen import Screen

from studio_tui.core.state.app_state import HttpExchange, Slice
from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, RunId, TaskId, ThreadId
from studio_tui.domain.run import CheckpointMark, Phase, RunState, TaskStatus, TaskView
from studio_tui.present.runs.as_code import run_words
from studio_tui.text.sanitize import Safe, clean_copy
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog, PromptDialog
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from studio_tui.ui.screens import detail
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.studio import copying
from studio_tui.ui.studio.copying import run_exchange, spellings
from studio_tui.ui.timetravel.history_panel import HistoryView
from studio_tui.ui.timetravel.state_panel import StatePanel
from tests.ui.conftest import Driven, Start

View = TypeVar("View", bound=LineView)


async def test_ids_are_those_of_the_row_under_the_cursor(start: Start) -> None:
    async with start() as it:
        await it.panels()
        app_state = it.studio.app_state
        app_state.thread_id = ThreadId(app_state.threads.items[0].thread_id)
        it.app.studio_screen.show_panel("threads")
        panel = it.app.studio_screen.panel("threads")
        app_state.touch(Slice.THREADS)
        await it.sees("►")  # the cursor goes to the open thread once
        await it.until(lambda: panel.has_focus, "the list of threads")
        await it.press("j")
        await it.until(lambda: panel.yank()[0] != app_state.thread_id, "the next row")  # type: ignore[attr-defined]
        other = panel.yank()[0]  # type: ignore[attr-defined]
        found = spellings(it.app.context())
        assert found["thread id"].make() == other
        assert other in found["studio-tui command"].make()
        assert "studio-tui run" not in found


async def test_every_panel_has_something_to_copy_whatever_is_selected_in_it(start: Start) -> None:
    async with start() as it:
        await it.panels()
        screen = it.app.studio_screen
        await it.until(lambda: screen.graph.picture is not None, "the graph")
        screen.graph.selected = NodeId("agent")
        for panel in ("threads", "graph", "timeline", "history", "state", "messages", "diff", "raw"):
            screen.show_panel(panel)
            assert spellings(it.app.context())


async def test_a_screenshot_is_written_where_it_was_asked_for_and_overwrites_nothing(
    start: Start, tmp_path: Path
) -> None:
    async with start() as it:
        await it.panels()
        file = tmp_path / "shot.svg"
        await it.press("colon")
        await it.type(f"screenshot {file}")
        await it.press("enter")
        await it.until(file.exists, "the picture")
        text = file.read_text(encoding="utf-8")
        assert text.startswith("<svg")
        assert "@font-face" not in text
        before = file.stat().st_mtime_ns
        await it.press("colon")
        await it.type(f"screenshot {file}")
        await it.press("enter")
        await it.sees("exists already")
        assert file.stat().st_mtime_ns == before


SHOWN: dict[str, Callable[[], Screen[Any]] | None] = {
    "Messages": None,
    "It is gone then.": lambda: ConfirmDialog("Sure?", "It is gone then."),
    "in full": lambda: DetailScreen("Error", "in full"),
    "a prompt": lambda: PromptDialog("Name", "a prompt"),
}


@pytest.mark.parametrize("words", SHOWN)
async def test_a_key_takes_a_picture_of_any_screen_and_dialog(start: Start, tmp_path: Path, words: str) -> None:
    async with start() as it:
        await it.panels()
        if (make := SHOWN[words]) is not None:
            it.app.push_screen(make())
        await it.sees(words)
        await it.press("f12")
        await it.sees("The screen is in")
        [file] = (tmp_path / "state" / "screenshots").glob("*.svg")
        text = file.read_text(encoding="utf-8").replace("&#160;", " ")
        assert words in text
        assert "@font-face" not in text


def _two_runs(it: Driven) -> None:
    """A thread with two runs that wrote two checkpoints each, and an edit on top; newest first."""
    app_state = it.studio.app_state
    thread_id = ThreadId(app_state.threads.items[0].thread_id)
    app_state.thread_id, app_state.runs = thread_id, []
    items = [Checkpoint(thread_id, CheckpointId("c-5"), source="update", parent_id=CheckpointId("c-4"), step=5)]
    for number, name in ((4, "second"), (3, "second"), (2, "first"), (1, "first")):
        parent = CheckpointId(f"c-{number - 1}") if number > 1 else None
        items.append(
            Checkpoint(
                thread_id, CheckpointId(f"c-{number}"), parent_id=parent, step=number, run_id=RunId(name), source="loop"
            )
        )
    app_state.history = History(thread_id)
    app_state.history.merge(items)
    for name, steps in (("first", (1, 2)), ("second", (3, 4))):
        run = RunState(RunId(name), thread_id, graph_id="agent", phase=Phase.DONE, assistant_id=AssistantId("agent"))
        run.request = {"assistant_id": "agent", "input": {"said": name}}
        for step in steps:
            task = TaskView(TaskId(f"{name}-{step}"), f"node-{step}", (), step, TaskStatus.DONE, 1.0, 2.0)
            run.tasks[task.id] = task
            run.timeline.append(task.id)
            mark = CheckpointId(f"c-{step}")
            run.checkpoints[mark] = CheckpointMark(mark, (), step, "loop", float(step))
        app_state.runs = [*app_state.runs, run]
    app_state.touch(Slice.HISTORY, Slice.RUN, Slice.TASKS, Slice.STATE)


async def _two_runs_in(it: Driven, name: str, kind: type[View], *, rows: int) -> View:
    """Have two runs, and a panel that shows them in so many rows."""
    await it.panels()
    _two_runs(it)
    it.app.studio_screen.show_panel(name)
    panel = it.app.studio_screen.panel(name)
    assert isinstance(panel, kind)
    await it.until(lambda: len(panel.rows) == rows, f"{rows} rows")
    return panel


@pytest.mark.parametrize(
    ("row", "place", "run"),
    [(0, "c-5", None), (1, "c-4", "second"), (2, "c-3", "second"), (3, "c-2", "first"), (4, "c-1", "first")],
)
async def test_a_row_of_the_history_copies_its_own_checkpoint_run_and_lines(
    start: Start, row: int, place: str, run: str | None
) -> None:
    async with start() as it:
        panel = await _two_runs_in(it, "history", HistoryView, rows=5)
        panel.move_to_row(row)
        found = spellings(it.app.context())
        assert found["value"].make() == place
        assert f"--at {place}" in found["studio-tui fork"].make()
        assert f"--at {place}" in found["studio-tui command"].make()
        if run is None:
            assert not {"run id", "studio-tui run", "Python SDK", "run as curl"} & set(found)
        else:
            assert found["run id"].make() == run
            assert run in found["studio-tui run"].make()
            assert run in found["Python SDK"].make()


def _stands_at(it: Driven, place: str) -> bool:
    return (it.studio.app_state.cursor or "") == place


async def test_a_row_of_the_timeline_copies_its_own_run_and_checkpoint(start: Start) -> None:
    async with start() as it:
        panel = await _two_runs_in(it, "timeline", TimelinePanel, rows=6)
        places = [
            ("first", ""),
            ("first", "c-1"),
            ("first", "c-2"),
            ("second", ""),
            ("second", "c-3"),
            ("second", "c-4"),
        ]
        for row, (run, place) in enumerate(places):
            panel.move_to_row(row)
            await it.until(partial(_stands_at, it, place), "the time cursor")
            found = spellings(it.app.context())
            assert found["run id"].make() == run
            assert run in found["studio-tui run"].make()
            if not place:
                assert "studio-tui fork" not in found
            else:
                assert f"--at {place}" in found["studio-tui fork"].make()


async def test_the_spellings_are_made_beside_the_loop(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    makers: list[threading.Thread] = []

    def slow(*args: Any) -> list[str]:
        makers.append(threading.current_thread())
        return run_words(*args)

    monkeypatch.setattr(copying, "run_words", slow)
    async with start() as it:
        await _two_runs_in(it, "timeline", TimelinePanel, rows=6)
        await it.press("Y")
        await it.sees("Copy as")
        await it.sees("Python SDK")
        assert "more characters" not in it.screen, "the same words in every row"
        assert re.search(r"Python SDK +from langgraph_sdk .*… +\d+ lines", it.screen)
        assert makers
        assert threading.main_thread() not in makers


async def test_a_value_of_the_state_and_a_page_are_made_text_beside_the_loop(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers: list[threading.Thread] = []

    def slow(text: str) -> Safe:
        makers.append(threading.current_thread())
        return clean_copy(text)

    monkeypatch.setattr(copying, "clean_copy", slow)
    monkeypatch.setattr(detail, "clean_copy", slow)
    async with start() as it:
        await it.panels()
        app_state = it.studio.app_state
        app_state.state = Checkpoint(ThreadId("t"), CheckpointId("c"), values={"a": {"b": 1}})
        app_state.touch(Slice.STATE)
        it.app.studio_screen.show_panel("state")
        panel = it.app.studio_screen.panel("state")
        assert isinstance(panel, StatePanel)
        await it.until(lambda: panel.value_here() == ({"a": {"b": 1}}, "values"), "the values")
        await it.press("y")
        await it.sees("Copied values")
        it.app.push_screen(DetailScreen("page", {"a": 1}))
        await it.sees('"a": 1')
        await it.press("Y")
        await it.sees("Copied page")
        assert len(makers) == 2
        assert threading.main_thread() not in makers


async def test_the_line_of_a_request_says_what_it_does_not_carry(start: Start) -> None:
    async with start() as it:
        await it.panels()
        _two_runs(it)
        run = it.studio.app_state.run
        assert run is not None
        run.request = {**run.request, "feedback_keys": ["score\x1b[31m"], "stream_subgraphs": False}
        it.app.studio_screen.show_panel("timeline")
        comment, line = spellings(it.app.context())["studio-tui run"].make().split("\n")
        assert comment.startswith("# ")
        assert "feedback_keys" in comment
        assert "stream_subgraphs false" in comment
        assert "\x1b" not in comment
        assert line.startswith("studio-tui run agent")


def test_the_request_of_a_run_is_the_one_that_started_it_and_no_other_of_the_server() -> None:
    def posted(number: int, path: str, mark: str) -> HttpExchange:
        body = json.dumps({"metadata": {"op_id": mark}})
        url = f"http://host/prefix{path}"
        return HttpExchange(number, 0.0, "POST", url, 200, 0.1, 1, 1, request_body=body, curl=f"curl {path}")

    paths = ["/threads/T/runs/stream", "/threads/T/runs", "/threads/T/runs/R/cancel", "/runs/crons/count"]
    log = [posted(number, path, mark) for number, (path, mark) in enumerate(zip(paths, ("m1", "m2") * 2, strict=True))]
    log.append(posted(9, "/runs/stream", "m3"))

    def curl(mark: str, **more: Any) -> str:
        run = RunState(run_id=RunId("R"), request={"metadata": {"op_id": mark}}, **more)
        found = run_exchange(log, run)
        return found.curl if found is not None else ""

    thread = ThreadId("T")
    assert curl("m1", thread_id=thread) == "curl /threads/T/runs/stream"
    assert curl("m2", thread_id=thread) == "curl /threads/T/runs"
    assert curl("m3", thread_id=ThreadId("made"), stateless=True) == "curl /runs/stream"
    assert curl("of another client", thread_id=thread) == ""
    assert run_exchange(log, RunState(run_id=RunId("R"), thread_id=thread)) is None
