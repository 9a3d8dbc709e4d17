"""Whatever comes in whatever order, parser and reducer give a consistent run and never raise."""

from __future__ import annotations

import json
import random
import string
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.core.runstate.fold import reduce
from studio_tui.domain.run import RunState
from studio_tui.wire.events import Event, RunClosed
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser
from tests.paths import FIXTURES
from tests.recordings import fold, read_frames, recordings

MODES = """metadata values updates messages messages/metadata messages/partial messages/complete debug events custom
    tasks checkpoints error end state_update feedback"""
KEYS = """id name input result error interrupts type payload step timestamp content messages tool_call_chunks
    tool_calls index args metadata langgraph_node langgraph_step langgraph_checkpoint_ns values config configurable
    checkpoint checkpoint_id next tasks source __interrupt__ __metadata__ cached value ns run_id attempt status event
    data chunk output tags usage_metadata input_tokens output_tokens total_tokens additional_kwargs response_metadata
    text kwargs role"""
WORDS = """ai human tool remove AIMessageChunk constructor task task_result checkpoint loop input n m graph:step:1
    n:t|k:u on_chain_start on_chain_end on_chat_model_stream on_chat_model_end run_done text thinking __remove_all__"""

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 9),
    st.floats(),
    st.sampled_from(WORDS.split()),
    st.text(string.printable, max_size=4),
)
NAMED = st.sampled_from(KEYS.split()) | st.text(max_size=3)
PAYLOADS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMED, inner, max_size=6),
    max_leaves=24,
)
PATHS = st.sampled_from(["", "|n:t", "|n:t|k:u", "|", "|1"])
NAMES = st.builds(lambda mode, path: mode + path, st.sampled_from(MODES.split()), PATHS)


def check(frames: list[Frame]) -> None:
    """Parse and fold `frames`, and look whether the run is consistent."""
    parser, events = Parser(), list[Event]()
    for frame in frames:
        found = parser.feed(frame)
        assert [event.part for event in found] == list(range(len(found)))
        events += found
    run = fold(events)
    assert all(reduce(run, event) == frozenset() for event in events)
    reduce(run, RunClosed(seq=len(frames), at=1e10))
    check_run(run)


def check_run(run: RunState) -> None:
    """Check what holds for every run whose stream has closed."""
    assert not run.ledger.open
    assert sorted(item for item in run.timeline if isinstance(item, str)) == sorted(run.tasks)
    assert all(view.id == key for key, view in run.tasks.items())
    assert not any(view.status.value == "running" for view in run.tasks.values())
    for message in run.messages.values():
        assert not message.streaming
        assert isinstance(message.text, str)
        assert isinstance(message.thinking, str)
        json.dumps(message.raw)
        assert all(isinstance(call.arguments, str) for call in message.tool_calls)
    assert all(question.key == key for key, question in run.interrupts.items())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(NAMES, PAYLOADS), max_size=12))
def test_any_soup_of_frames(soup: list[tuple[str, Any]]) -> None:
    check([Frame(seq, float(seq), name, json.dumps(payload)) for seq, (name, payload) in enumerate(soup)])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12) | NAMES, st.text(max_size=60))
def test_any_text(event: str, data: str) -> None:
    check([Frame(0, 0.0, event, data)])


@cache
def recorded(name: str) -> tuple[Frame, ...]:
    """The frames of one recording."""
    return tuple(read_frames(FIXTURES / f"{name}.sse"))


def spoil(value: Any, source: random.Random) -> Any:
    """Replace some parts of a payload by junk, or leave them out."""
    if source.random() < 0.03:
        return source.choice([None, 0, -1.5, "", "x", [], {}, [[]], True, [None], {"id": {}}])
    if isinstance(value, dict):
        return {key: spoil(item, source) for key, item in value.items() if source.random() > 0.03}
    if isinstance(value, list):
        return [spoil(item, source) for item in value]
    return value


@settings(max_examples=150, deadline=None)
@given(names=st.lists(st.sampled_from(recordings()), min_size=1, max_size=3), source=st.randoms(use_true_random=False))
def test_recorded_frames_in_any_order_with_losses_and_damage(names: list[str], source: random.Random) -> None:
    frames = [frame for name in names for frame in recorded(name) if source.random() > 0.1]
    for _ in range(source.randrange(4)):
        first, second = (source.randrange(len(frames)) for _ in range(2)) if frames else (0, 0)
        frames[first : first + 1], frames[second : second + 1] = frames[second : second + 1], frames[first : first + 1]
    if source.random() < 0.3:
        source.shuffle(frames)
    spoilt = [
        frame.data if source.random() < 0.5 else json.dumps(spoil(json.loads(frame.data), source)) for frame in frames
    ]
    check(
        [
            Frame(seq, float(seq), frame.event, data)
            for seq, (frame, data) in enumerate(zip(frames, spoilt, strict=True))
        ]
    )
