"""What was followed of a stream is remembered the same however much of it came at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from studio_tui.core.runs.feed_replay import Followed
from studio_tui.wire.frames import Frame

EVENTS = st.sampled_from(["tasks", "values", "messages/partial", "messages", "messages/metadata"])


@given(st.lists(st.tuples(EVENTS, st.text(max_size=2))), st.lists(st.integers(1, 5)))
def test_events_are_remembered_together_as_one_by_one(told: list[tuple[str, str]], sizes: list[int]) -> None:
    frames = [Frame(number, 0.0, event, data) for number, (event, data) in enumerate(told)]
    one, other = Followed(), Followed()
    for frame in frames:
        one.add(frame)
    while frames:
        size = sizes.pop() if sizes else 1
        other.add_all(frames[:size])
        del frames[:size]
    assert asdict(one) == asdict(other)
