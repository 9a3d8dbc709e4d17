"""Promise: whatever a server puts into any string, panels show it, stay in their grid and pass nothing on that acts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.ids import CheckpointId, RunId, TaskId, ThreadId
from studio_tui.domain.message.message import Message, ToolCall, Usage
from studio_tui.domain.run import CheckpointMark, Note, Phase, RunError, RunState, TaskStatus, TaskView
from studio_tui.domain.thread import Thread
from studio_tui.jsonkit.value import Json
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.runs.frames_panel import RawPanel
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from studio_tui.ui.threads.panel import ThreadsPanel
from studio_tui.ui.timetravel.diff_panel import DiffPanel
from studio_tui.ui.timetravel.state_panel import StatePanel
from studio_tui.wire.frames import Frame
from tests.ui.kit.panel_host import PanelHost, check_grid, redraw

HOSTILE = {
    "closing tag": "[/foo]",
    "action": "[@click=app.quit]x[/]",
    "dict repr": "{'a': [/x]}",
    "clipboard": "\x1b]52;c;aGFjaw==\x07",
    "clear": "\x9b2J\x1b[2J",
    "nul": "a\x00b\x7fc",
    "bidi": "abc\u202edef\u2066ghi",
    "surrogate": "x\ud83dy",
    "megabyte": "z" * 1_000_000,
    "wide megabyte": "日" * 300_000,
    "family": "👨\u200d👩\u200d👧 ❤\ufe0f 🏳\ufe0f\u200d🌈",
    "combining": "e\u0301" * 50 + "\u0301" * 30,
    "lines": "a\r\nb\rc\u2028d\te",
    "tags": "\U000e0041\u200b\ufeff\u00ad",
}
PANELS: list[Callable[[], LineView]] = [TimelinePanel, StatePanel, MessagesPanel, DiffPanel, RawPanel, ThreadsPanel]


def hostile_store(text: str) -> AppState:
    """A store that holds `text` wherever a server could put it."""
    raw: Json = {
        "type": "ai",
        "id": text,
        "content": text,
        "tool_calls": [{"id": "c", "name": text, "args": {text: text}}],
    }
    checkpoint = Checkpoint(
        ThreadId(text),
        CheckpointId(text),
        values={"messages": [raw], text: {text: [text]}, "log": [{"type": "human", "content": text}]},
        next=(text,),
        source=text,
        metadata={text: text},
        tasks=(Task(TaskId(text), text, error=text),),
    )
    run = RunState(RunId(text), ThreadId(text), graph_id=text, phase=Phase.FAILED, error=RunError(text, text))
    task = TaskView(TaskId(text), text, step=1, status=TaskStatus.ERROR, keys=(text,), error=text, usage=Usage(1, 2, 3))
    run.tasks[task.id] = task
    inner = TaskView(TaskId("i"), text, ns=(f"{text}:{text}", text), status=TaskStatus.INTERRUPTED, keys=(text,))
    run.tasks[inner.id] = inner
    run.timeline = [task.id, inner.id, Note("custom", text, 1.0), Note("log", text, 2.0, ns=(text,))]
    run.checkpoints[CheckpointId(text)] = CheckpointMark(CheckpointId(text), (), 1, text, 1.0, (text,))
    run.messages["m"] = Message("m", text, text, text, text, [ToolCall("c", text, text)], node=text, ns=(text,))
    run.messages["t"] = Message("t", "tool", text, tool_call_id="c", status="error")
    run.request = {text: text}
    app_state = AppState(thread_id=ThreadId(text), runs=[run], state=checkpoint)
    app_state.base = Checkpoint(ThreadId("other" + text), CheckpointId("x"), values={text: 1, "gone": text})
    app_state.threads.items = [
        Thread(ThreadId(text), title=text, graph_id=text, interrupt_count=1),
        Thread(ThreadId("b")),
    ]
    for seq in range(3):
        app_state.frames.append(Frame(seq, 1.0, f"{text}|{text}:1|{text}", text))
    return app_state


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.__name__)
async def test_hostile_text_does_no_harm(kind: Callable[[], LineView], name: str) -> None:
    panel, app_state = kind(), hostile_store(HOSTILE[name])
    app = PanelHost(panel)
    async with app.run_test(size=(48, 14)) as pilot:
        redraw(panel, app_state)
        await pilot.pause()
        check_grid(app)
        for key in ("g", "space", "j", "l", "space", "enter", "j", "l", "space", "G", "enter", "space", "k"):
            await pilot.press(key)
        check_grid(app)
        panel.set_filter(HOSTILE[name][:30])
        await pilot.resize_terminal(20, 10)
        await pilot.pause()
        check_grid(app)
        panel.set_filter("")
        assert app.is_running
        assert panel.yank() is None or isinstance(panel.yank(), tuple)
