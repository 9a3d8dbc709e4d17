"""What the command line says of a cut stream: every event once, the place where it begins again, or a gap."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from studio_tui.cli.output.stdout import Output
from studio_tui.cli.runs.following import follow
from studio_tui.core.recording.rows import Recording
from studio_tui.domain.run_request import RunRequest
from studio_tui.errors import NotFoundError
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.present.runs.turn_lines import turn_line
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.spans import plain
from studio_tui.wire.events import Event
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser
from tests.core.fakes import FakeClient, FakeRun, Line
from tests.core.run_bench import RECORDED, Bench


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = await Bench(FakeClient()).open()
    yield made
    await made.studio.aclose()


async def rows_of(bench: Bench, script: FakeRun, format_: str = "jsonl") -> list[dict[str, Any]]:
    """Run it as the command line does and return what stdout got."""
    bench.client.scripts.append(script)
    out = io.StringIO()
    context: Any = SimpleNamespace(out=Output(format_, out), settings=SimpleNamespace(ascii=False))
    assert await follow(context, bench.studio, bench.studio.runs.start(RunRequest(input={})), own=True) == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("position", [0, 1, 30])
async def test_rows_of_a_cut_stream_are_those_of_a_whole_one(
    bench: Bench, position: int, over: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = await rows_of(bench, FakeRun(RECORDED))
    await bench.studio.threads.new()
    cut = await rows_of(bench, FakeRun(RECORDED, [Line(position, "cut")], over=over))
    assert [(row["type"], row.get("seq")) for row in cut] == [(row["type"], row.get("seq")) for row in whole]
    assert cut[-1]["gap"] is False
    assert "may be missing" not in capsys.readouterr().err


async def test_rows_begin_again_where_events_had_been_doubled(bench: Bench) -> None:
    """Without ids a live join's repeats are told apart only by reading the whole stream once more."""
    heard: list[list[Any]] = []
    bench.studio.runtime.on_frame = lambda run, frame, events: heard.append(list(frame))
    lines = [Line(10, "cut"), Line(25, "cut", repeats=12), Line(None, "close")]
    rows = await rows_of(bench, FakeRun(RECORDED, lines, strips_ids=True))
    again = [number for number, row in enumerate(rows) if row["type"] == "stream_restarted"]
    assert len(again) == 1
    seqs = [row["seq"] for row in rows[again[0] + 1 : -1]]
    assert sorted(set(seqs)) == list(range(rows[again[0]]["seq"], len(RECORDED)))
    recording = Recording()
    for parts in heard:
        recording._add_frame("r", parts)
    assert [(frame.event, frame.data) for frame in recording.frames["r"]] == [
        (event, data) for event, data, _ in RECORDED
    ]
    assert rows[-1]["gap"] is False


async def test_gap_is_in_the_result_row_and_in_the_last_words(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    refused = [Line(end="refuse", error=NotFoundError("answer 404", status=404)) for _ in range(20)]
    rows = await rows_of(bench, FakeRun(RECORDED, [Line(7, "cut"), *refused], over=True))
    assert rows[-1]["gap"] is True
    assert "answer 404" in rows[-1]["gap_reason"]
    words = capsys.readouterr().err
    assert "done, but events may be missing" in words
    assert "answer 404" in words
    run = bench.studio.app_state.run
    assert run is not None
    assert "events may be missing" in plain(
        turn_line([run], UNICODE, 0.0, cells=200, is_open=True, is_now=True, asked=())
    )


async def test_rows_are_made_of_what_was_parsed_already(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """No frame is parsed a second time for its row, and no payload a second time for its field."""
    parsed: list[str] = []
    feed, value = Parser.feed, LazyJson.value

    def counted_feed(self: Parser, frame: Frame) -> list[Event]:
        parsed.append(frame.data)
        return feed(self, frame)

    def counted_value(self: LazyJson) -> Any:
        if not self.is_parsed:
            parsed.append(self.text)
        return value(self)

    monkeypatch.setattr(Parser, "feed", counted_feed)
    monkeypatch.setattr(LazyJson, "value", counted_value)
    rows = await rows_of(bench, FakeRun(RECORDED))
    told = [data for event, data, _ in RECORDED if event.partition("|")[0] in ("tasks", "updates")]
    assert [parsed.count(data) for data in told] == [told.count(data) for data in told]
    assert {"task_started", "task_finished"} <= {row["type"] for row in rows}
