"""The lines of `--format jsonl` are those that a plain encoder writes, whatever a server sends."""

from __future__ import annotations

import io
import json
import math
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.cli.output.stdout import Output, printable
from studio_tui.cli.runs.event_rows import lines_of, row_of
from studio_tui.cli.runs.stream_printer import StreamPrinter
from studio_tui.core.state.app_state import AppState
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import TaskId
from studio_tui.domain.run import RunState
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.wire.events import Event, MessageDelta, TaskFinished, TaskStarted
from studio_tui.wire.parse import Parser
from tests.paths import FIXTURES
from tests.recordings import parse_all, read_frames, recordings

HOSTILE = '\x1b]0;x\x07\x7f\x85\u202e\u200b\ufeff\ud800\U000e0041ü€😀👩‍💻 \t\n\\"'
texts = st.text(max_size=4) | st.text(HOSTILE, max_size=6)
numbers = st.integers() | st.floats()
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
payloads = st.none() | st.builds(LazyJson.of, values)
tuples = st.lists(texts, max_size=3).map(tuple)
base: dict[str, Any] = {
    "seq": st.integers(0, 9), "at": st.floats() | st.sampled_from([0.0, -0.0, 7, 7.0]), "ns": tuples,
    "part": st.integers(0, 2),
}  # fmt: skip
task: dict[str, Any] = {
    "task_id": texts, "name": texts, "step": st.none() | st.integers(), "server_at": st.none() | st.floats(),
    "payload": payloads, "derived": st.booleans(),
}  # fmt: skip
asked = st.builds(Interrupt, st.none() | texts, values, task_id=st.none() | texts.map(TaskId), node=texts, ns=tuples)
events = (
    st.builds(TaskStarted, **base, **task, input=values, triggers=tuples)
    | st.builds(
        TaskFinished, **base, **task, result=values, error=st.none() | texts,
        interrupts=st.lists(asked, max_size=2).map(tuple),
    )
    | st.builds(
        MessageDelta, **base, message=st.dictionaries(texts, values, max_size=3), replaces=st.booleans(),
        partial=st.booleans(), source=texts, node=texts, task_id=st.none() | texts, step=st.none() | st.integers(),
    )
)  # fmt: skip


def finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else json.dumps(value)
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list | tuple) else value


def escaped(text: str) -> str:
    """Character by character, as slow as it may be."""
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text).replace(
        "\x7f", "\\u007f"
    )


def plainly(event: Event) -> str:
    return escaped(json.dumps(finite({"v": 1, **row_of(event)}), ensure_ascii=False, default=str)) + "\n"


@settings(max_examples=600, deadline=None)
@given(st.lists(events, max_size=3))
def test_lines_are_those_of_a_plain_encoder(told: list[Event]) -> None:
    lines = lines_of(told)
    assert lines == "".join(map(plainly, told))
    assert all(char.isprintable() or char == "\n" for char in lines)


@pytest.mark.parametrize("name", recordings())
def test_recorded_streams_are_written_as_a_plain_encoder_writes_them(name: str) -> None:
    told = parse_all(read_frames(FIXTURES / f"{name}.sse"))
    assert lines_of(told) == "".join(map(plainly, told))


@pytest.mark.parametrize("told", [range(0), range(1 << 20), range(3, 1 << 20), range(0, 1 << 20, 2), range(5)])
@pytest.mark.parametrize("batch", [1, 7, 1 << 20])
async def test_frames_that_nobody_was_told_of_have_the_same_lines_at_the_same_place(told: range, batch: int) -> None:
    frames = read_frames(FIXTURES / "py/sse_chat_sub_recommended_profile.sse")
    run, written, log = RunState(), io.StringIO(), FrameLog()
    app_state = AppState(runs=[run], frames=log)
    studio = SimpleNamespace(app_state=app_state, runtime=SimpleNamespace(on_frame=None))
    printer = StreamPrinter(Output("jsonl", written), cast("Any", studio))
    printer.attach()
    parser = Parser()
    for frame in frames:
        log.append(frame)
        events = tuple(parser.feed(frame))
        if frame.seq in told:
            studio.runtime.on_frame(run, frame, events)
        if frame.seq % batch == 0:
            printer.flush()
    printer.finish()
    assert written.getvalue() == lines_of(parse_all(frames))


@given(st.text(), st.text(HOSTILE))
def test_what_a_terminal_might_obey_is_escaped(text: str, hostile: str) -> None:
    for value in (text, hostile, text + hostile):
        written = json.dumps(value, ensure_ascii=False)
        assert printable(written) == escaped(written)
        assert json.loads(printable(written)) == value
