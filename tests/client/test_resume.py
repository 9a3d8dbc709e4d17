"""Nothing is lost and nothing told twice when a stream is cut and joined again, as often as it may be."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.client.resume import REPLAY_ALL, Resumer
from studio_tui.wire.frames import Frame


def frame(seq: int, wire_id: str, event: str = "updates", data: str = "") -> Frame:
    return Frame(seq, 0.0, event, data or f'{{"n":{seq}}}', wire_id)


def millis(wire_id: str) -> int:
    return -1 if wire_id in ("-", "-1") else int(wire_id.split("-")[0])


@dataclass
class InMemoryServer:
    """Replays what is strictly newer than the cursor, then repeats what it queued since the client subscribed."""

    events: list[Frame]

    def first(self, cut: int) -> list[Frame]:
        return self.events[:cut]

    def rejoin(self, cursor: str, subscribed: int, now: int, cut: int) -> list[Frame]:
        replay = [event for event in self.events[:now] if millis(event.id) > millis(cursor)]
        return [*replay, *self.events[subscribed:now], *self.events[now:cut]]


@st.composite
def cut_runs(draw: st.DrawFn) -> tuple[InMemoryServer, list[tuple[int, int, int]]]:
    steps = draw(st.lists(st.sampled_from([0, 0, 0, 1, 1, 2, 50]), min_size=2, max_size=60))
    clock, events = 1_700_000_000_000, []
    for seq, step in enumerate(steps):
        clock += step
        events.append(frame(seq, f"{clock}-0"))
    places = sorted(draw(st.lists(st.integers(0, len(events)), min_size=3, max_size=12)))
    # Each connection: cut here, joined there, with what was queued in between.
    joins = [
        (places[i], places[i + 1], places[i + 2] if i + 2 < len(places) else len(events))
        for i in range(0, len(places) - 1, 2)
    ]
    return InMemoryServer(events), joins


@settings(max_examples=800, deadline=None)
@given(cut_runs())
def test_cut_runs_come_back_exact(case: tuple[InMemoryServer, list[tuple[int, int, int]]]) -> None:
    server, joins = case
    resumer = Resumer()
    shown = server.first(joins[0][0])
    if len(joins) % 2 and shown:
        assert resumer.take_all(shown)
    else:
        assert [resumer.feed(event) for event in shown] == [True] * len(shown)
    delivered = joins[0][0]
    for index, (_, now, _) in enumerate(joins):
        end = joins[index + 1][0] if index + 1 < len(joins) else len(server.events)
        cursor = resumer.cursor()
        resumer.reconnected()
        incoming = server.rejoin(cursor, min(delivered, now), now, max(end, now))
        shown += [event for event in incoming if resumer.feed(event)]
        delivered = max(end, now)
    assert [event.seq for event in shown] == list(range(len(server.events)))
    assert not resumer.gap


def test_equal_tokens_of_one_millisecond_are_all_shown() -> None:
    events = [frame(seq, "1700000000000-0", "messages", '["a"]') for seq in range(6)]
    resumer = Resumer()
    shown = sum(resumer.feed(event) for event in events[:3])
    assert resumer.cursor() == "1699999999999-0"
    resumer.reconnected()
    shown += sum(resumer.feed(event) for event in events)
    assert shown == 6
    assert not resumer.gap


def test_tokens_sent_twice_by_a_live_join_are_shown_once() -> None:
    clock = 1_700_000_000_000
    events = [frame(seq, f"{clock + seq}-0", "messages", '["a"]') for seq in range(8)]
    resumer = Resumer()
    for event in events[:3]:
        assert resumer.feed(event)
    resumer.reconnected()
    incoming = [*events[2:6], *events[3:6], *events[6:]]
    assert [event.seq for event in incoming if resumer.feed(event)] == [3, 4, 5, 6, 7]
    assert not resumer.gap


def test_before_the_first_event_everything_is_asked_for() -> None:
    assert Resumer().cursor() == REPLAY_ALL


def test_a_replay_that_begins_elsewhere_is_told_as_a_gap() -> None:
    resumer = Resumer()
    for seq in range(3):
        resumer.feed(frame(seq, f"{1_700_000_000_000 + seq}-0"))
    resumer.reconnected()
    assert resumer.feed(frame(9, "1700000009000-0"))
    assert resumer.gap


def test_a_stream_without_ids_has_a_gap_after_a_cut() -> None:
    resumer = Resumer()
    assert resumer.feed(frame(0, ""))
    assert not resumer.gap
    resumer.reconnected()
    assert resumer.gap


@pytest.mark.parametrize("known", [1, 4, 7])
def test_events_without_ids_that_are_told_again_from_the_start_line_up(known: int) -> None:
    events = [frame(seq, "", "messages", '["a"]' if seq % 2 else "") for seq in range(8)]
    resumer = Resumer()
    assert [resumer.feed(event) for event in events[:known]] == [True] * known
    assert resumer.cursor() == REPLAY_ALL
    resumer.reconnected()
    assert [event.seq for event in events if resumer.feed(event)] == list(range(known, 8))
    assert not resumer.gap


def test_events_without_ids_that_differ_when_told_again_are_a_gap() -> None:
    events = [frame(seq, "") for seq in range(5)]
    resumer = Resumer()
    for event in events[:3]:
        resumer.feed(event)
    resumer.reconnected()
    for event in [events[0], events[2], events[3], events[4]]:
        resumer.feed(event)
    assert resumer.gap


def test_a_cut_before_any_event_is_no_gap() -> None:
    resumer = Resumer()
    resumer.reconnected()
    assert resumer.feed(frame(0, "1700000000000-0"))
    assert not resumer.gap


@pytest.mark.parametrize("repeated", [0, 1, 4])
def test_numbered_events_are_told_once_however_many_are_repeated(repeated: int) -> None:
    resumer = Resumer()
    shown = [seq for seq in range(5) if resumer.feed(frame(seq, str(seq)))]
    assert resumer.cursor() == "4"
    resumer.reconnected()
    shown += [seq for seq in range(5 - repeated, 9) if resumer.feed(frame(seq, str(seq)))]
    assert shown == list(range(9))
    assert not resumer.gap


def test_a_missing_number_is_a_gap() -> None:
    resumer = Resumer()
    resumer.feed(frame(0, "0"))
    resumer.reconnected()
    assert resumer.feed(frame(2, "2"))
    assert resumer.gap


def test_ids_of_unknown_form_are_passed_on_as_they_are() -> None:
    resumer = Resumer()
    resumer.feed(frame(0, "run_event_7"))
    assert resumer.cursor() == "run_event_7"


def test_memory_and_time_stay_bounded_after_a_join() -> None:
    resumer = Resumer()
    resumer.feed(frame(0, "1700000000000-0"))
    resumer.reconnected()
    resumer.feed(frame(0, "1700000000000-0"))
    for seq in range(1, 60_000):
        assert resumer.feed(frame(seq, f"{1_700_000_000_000 + seq}-0"))
    kept = [len(part) for part in (resumer._recent, resumer._seen, resumer._where)]
    assert max(kept) <= 20_000


@pytest.mark.parametrize("wire_id", ["", "7", "1-", "-1-0", "run_event_7", "1700000000000-0 ", "1" * 20 + "-0", "１-0"])
def test_events_without_stamps_are_not_taken_together(wire_id: str) -> None:
    resumer = Resumer()
    assert not resumer.take_all([frame(0, "1700000000000-0"), frame(1, wire_id)])
    assert resumer.cursor() == REPLAY_ALL
    assert resumer.take_all([frame(0, "1700000000000-0")])
    resumer.reconnected()
    assert not resumer.take_all([frame(1, "1700000000001-0")])
