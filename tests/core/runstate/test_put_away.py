"""What a long run did earlier is on disk, and everything that asks for it finds it as if it were in memory."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator

import pytest
from msgspec.structs import replace

from studio_tui.core.runs.exact_stream import stow
from studio_tui.core.runstate import put_away as module
from studio_tui.core.runstate.earlier import earlier_of
from studio_tui.core.runstate.fold import reduce
from studio_tui.core.runstate.put_away import KEPT, PAGE, put_away
from studio_tui.core.state.app_state import AppState
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.domain.ids import CheckpointId, NodeId, TaskId
from studio_tui.domain.run import Note, RunState, TaskStatus, TaskView
from studio_tui.graphs.topology.spec import observed_spec
from studio_tui.present.graph.overlay import Overlay
from studio_tui.present.graph.source import observed_runs
from studio_tui.present.runs.timeline import TimelineRows
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser
from tests.graphs.samples import graph


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of a few supersteps."""
    monkeypatch.setattr(module, "KEPT", 64)
    monkeypatch.setattr(module, "PAGE", 48)
    monkeypatch.setattr(module, "_LEAST", 8)


def frames(seed: int, steps: int, *, endless: bool = False) -> Iterator[tuple[str, str]]:
    """Supersteps with fan-outs, subgraphs, custom events and failures; `endless`: in a subgraph that never ends."""
    rng = random.Random(seed)
    number, around = 0, ""
    if endless:
        yield "tasks", '{"id":"outer","name":"agent","input":{},"triggers":[]}'
        around = "|agent:outer"
    for step in range(steps):
        wide = rng.choice([1, 1, 1, 2, 7])
        tasks = []
        for _ in range(wide):
            number += 1
            name = "work" if wide > 2 else rng.choice("abc")
            tasks.append((f"t{number}", name))
            yield f"tasks{around}", f'{{"id":"t{number}","name":"{name}","input":{{"n":{number}}},"triggers":["to"]}}'
        for task_id, name in tasks:
            if wide < 3 and rng.random() < 0.3:
                inner = f"{around}|{name}:{task_id}"
                for _ in range(rng.choice([1, 3])):
                    number += 1
                    yield f"tasks{inner}", f'{{"id":"t{number}","name":"in","input":{{}},"triggers":[]}}'
                    yield f"tasks{inner}", f'{{"id":"t{number}","name":"in","result":{{"k":1}}}}'
            if rng.random() < 0.2:
                yield f"custom{around}", f'{{"progress":{step}}}'
            error = ',"error":"ValueError(\'no\')"' if rng.random() < 0.05 else ""
            yield f"tasks{around}", f'{{"id":"{task_id}","name":"{name}","result":{{"n":{number}}}{error}}}'


class Followed:
    """A run as it is followed, with or without putting away."""

    def __init__(self, *, bounded: bool) -> None:
        self.run, self.log, self.bounded = RunState(), FrameLog(), bounded
        self._parser, self._seq = Parser(), 0

    def feed(self, event: str, data: str) -> None:
        frame = Frame(self._seq, 1_795_000_000.0 + self._seq / 10, event, data)
        self._seq += 1
        self.log.append(frame)
        for told in self._parser.feed(frame):
            reduce(self.run, told)
            stow(told, self.log)
        if self.bounded:
            put_away(self.run, self.log)


def both(seed: int, steps: int = 400, *, endless: bool = False) -> tuple[Followed, Followed]:
    one, other = Followed(bounded=True), Followed(bounded=False)
    for event, data in frames(seed, steps, endless=endless):
        one.feed(event, data)
        other.feed(event, data)
    return one, other


def _shown(run: RunState) -> TimelineRows:
    rows = TimelineRows()
    rows.update([run], 0.0)
    while rows.is_behind:
        rows.update([run], 0.0)
    return rows


def texts(rows: TimelineRows) -> list[str]:
    return [rows.text(row) for row in range(len(rows))]


@pytest.mark.parametrize("endless", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_rows_are_those_of_a_run_in_memory(seed: int, endless: bool) -> None:
    one, other = Followed(bounded=True), Followed(bounded=False)
    rows, whole = TimelineRows(), TimelineRows()
    for number, (event, data) in enumerate(frames(seed, 400, endless=endless)):
        one.feed(event, data)
        other.feed(event, data)
        if number % 20 == 0:
            rows.update([one.run], 0.0)
    for shown, run in ((rows, one.run), (whole, other.run)):
        shown.update([run], 0.0)
        shown.open_folds(True)
    assert len(one.run.timeline) < 200 < 600 < one.run.entry_count == len(other.run.timeline)
    assert len(one.run.tasks) < 200
    assert texts(rows) == texts(whole)
    late = _shown(one.run)
    late.open_folds(True)
    assert texts(late) == texts(whole)
    lines = [[shown.line(row, 80) for row in range(len(shown))] for shown in (rows, whole)]
    assert lines[0] == lines[1]
    rows.open_folds(False)
    whole.open_folds(False)
    assert texts(rows) == texts(whole)


def test_a_timeline_that_was_not_in_sight_is_read_a_few_pages_at_a_time() -> None:
    one, other = both(6, 900)
    rows, behind = TimelineRows(), [True]
    while behind[-1]:
        rows.update([one.run], 0.0)
        behind.append(rows.is_behind)
    assert len(behind) > 3
    assert texts(rows) == texts(_shown(other.run))


def test_what_is_opened_or_closed_stays_so() -> None:
    one, other = both(3)
    rows, whole = _shown(one.run), _shown(other.run)
    rng = random.Random(1)
    for _ in range(60):
        row = rng.randrange(1, len(whole))
        assert rows.is_open(row) == whole.is_open(row)
        assert rows.parent_row(row) == whole.parent_row(row)
        anchor = rows.anchor(row)
        assert rows.toggle(row) == whole.toggle(row)
        assert rows.row_of(anchor) == row
        assert len(rows) == len(whole)
    rows.update([one.run], 0.0)
    assert texts(rows) == texts(whole)


def test_the_place_of_the_cursor_is_found_once_it_is_put_away() -> None:
    one, rows = Followed(bounded=True), TimelineRows()
    held: list[tuple[object, Hashable]] = []
    for number, (event, data) in enumerate(frames(5, 300)):
        one.feed(event, data)
        if number % 10 == 0:
            rows.update([one.run], 0.0)
            row = len(rows) - 1
            held.append((_who(rows, row), rows.anchor(row)))
    assert len({who for who, _ in held}) > 50
    for who, anchor in held:
        now = rows.row_of(anchor)
        assert now is not None
        assert _who(rows, now) == who


def _who(rows: TimelineRows, row: int) -> object:
    item = rows.item(row)
    if isinstance(item, TaskView):
        return item.id
    return item.at if isinstance(item, Note) else rows.text(row).partition(" ×")[0]


def test_a_late_result_finds_its_task() -> None:
    one, other = both(7)
    rows = TimelineRows()
    rows.update([one.run], 0.0)
    for followed in (one, other):
        followed.feed("tasks", '{"id":"t3","name":"a","input":{"n":3},"triggers":[]}')
        followed.run.tasks[TaskId("t3")].error = "what was masked"
    found = one.run.tasks.get(TaskId("t3"))
    assert found is not None
    assert found.error == "what was masked"
    assert one.run.entry_count == len(other.run.timeline)
    assert "t3" in one.run.tasks
    assert "never" not in one.run.tasks
    again = _shown(one.run)
    assert any("what was masked" in text for text in texts(again))


def test_little_is_put_away_at_once_but_for_a_wide_superstep() -> None:
    followed = Followed(bounded=False)
    for number in range(6_000):
        step = 1 if number < 900 else number
        for kind, more in (("task", '"input":{}'), ("task_result", '"result":{}')):
            payload = f'{{"id":"t{number}","name":"work",{more}}}'
            followed.feed("debug", f'{{"type":"{kind}","step":{step},"timestamp":"","payload":{payload}}}')
    before, at_once = len(followed.run.timeline), []
    while put_away(followed.run, followed.log) <= before and len(followed.run.timeline) < before:
        at_once.append(before - len(followed.run.timeline))
        before = len(followed.run.timeline)
    assert at_once[0] >= 900
    assert max(at_once[1:]) <= PAGE
    assert before < KEPT + PAGE


def test_ids_are_found_whatever_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio_tui.core.runstate.page_ids._SEGMENT", 100)
    one, other = both(9, 900)
    for task_id, task in other.run.tasks.items():
        found = one.run.tasks.get(task_id)
        assert found is not None
        assert (found.name, found.status, found.ended_at) == (task.name, task.status, task.ended_at)
        assert found.result is not None
        assert task.result is not None
        assert found.result.value() == task.result.value()


def test_the_picture_counts_what_is_on_disk() -> None:
    one, other = both(11)
    states = [AppState(runs=[followed.run]) for followed in (one, other)]
    spec = graph("__start__>a", "a>work")
    assert Overlay().marks(states[0], spec) == Overlay().marks(states[1], spec)
    edges = [{(edge.source, edge.target) for edge in observed_spec(observed_runs(state)).edges} for state in states]
    assert edges[0] == edges[1]
    earlier = earlier_of(one.run)
    assert earlier is not None
    assert earlier.visits[NodeId("work")].count > 20


@pytest.mark.parametrize(
    ("ends", "shown"),
    [
        ([TaskStatus.DONE, TaskStatus.CANCELLED], TaskStatus.CANCELLED),
        ([TaskStatus.ERROR, TaskStatus.CANCELLED], TaskStatus.ERROR),
        ([TaskStatus.CANCELLED, TaskStatus.ERROR, TaskStatus.DONE], TaskStatus.ERROR),
    ],
)
def test_of_tasks_that_ran_together_the_worst_end_counts(ends: list[TaskStatus], shown: TaskStatus) -> None:
    tasks = [TaskView(TaskId(str(number)), "a", step=3, status=end) for number, end in enumerate(ends)]
    earlier = module._nothing_yet(FrameLog())
    assert earlier.put(tasks, None, 0)
    assert earlier.visits[NodeId("a")].status is shown
    spec, run = graph("__start__>a"), RunState(tasks={task.id: task for task in tasks})
    assert Overlay().marks(AppState(runs=[run]), spec)[NodeId("a")].status == shown.value


def test_without_room_on_disk_everything_stays_in_memory_and_the_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> int:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    one, other = both(2)
    rows = TimelineRows()
    rows.update([one.run], 0.0)
    assert len(one.run.tasks) == len(other.run.tasks)
    said = [text for text in texts(rows) if "No space left on device" in text]
    assert len(said) == 1


def test_what_cannot_be_read_back_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = both(2)

    def broken(*args: object) -> bytes:
        raise OSError("Input/output error")

    rows = TimelineRows()
    monkeypatch.setattr("os.pread", broken)
    earlier = earlier_of(one.run)
    assert earlier is not None
    earlier.close()
    rows.update([one.run], 0.0)
    assert any("cannot be read back" in text for text in texts(rows))


def test_a_run_that_waits_keeps_what_it_waits_for() -> None:
    one, _ = both(4, endless=True)
    outer = one.run.tasks[TaskId("outer")]
    assert outer.status is TaskStatus.RUNNING
    assert one.run.timeline[0] == "outer"


def test_a_timeline_that_is_put_in_anew_reads_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = both(6, 900)
    rows = _shown(one.run)
    read: list[int] = []
    monkeypatch.setattr("os.pread", lambda *args: read.append(args[1]))
    one.run.timeline = list(one.run.timeline)
    rows.update([one.run], 0.0)
    assert not read
    monkeypatch.undo()
    assert texts(rows) == texts(_shown(other.run))


def marked(count: int, rows: TimelineRows | None = None) -> tuple[Followed, Followed, list[CheckpointId]]:
    """Runs of as many supersteps, each told of with its checkpoint, and the ids of these; `rows` follow the first."""
    one, other = Followed(bounded=True), Followed(bounded=False)
    ids = [CheckpointId(f"1f1e6fd0-0000-6000-8000-{step:012}") for step in range(count)]
    for followed in (one, other):
        followed.run.stream_modes = ("tasks", "checkpoints")
        for step, key in enumerate(ids):
            about = f'"next":["a","hidden"],"metadata":{{"source":"loop","step":{step}}},"tasks":[],"values":{{}}'
            ref = f'{{"configurable":{{"checkpoint_id":"{key}","checkpoint_ns":""}}}}'
            followed.feed("checkpoints", f'{{{about},"config":{ref}}}')
            followed.feed("tasks", f'{{"id":"t{step}","name":"a","input":{{}},"triggers":["to"]}}')
            followed.feed("tasks", f'{{"id":"t{step}","name":"a","result":{{}}}}')
            if step % 7 == 0 and rows is not None:
                rows.update([one.run], 0.0)
    return one, other, ids


def test_checkpoints_of_a_long_run_are_found_on_disk() -> None:
    one, other, ids = marked(600)
    assert len(one.run.checkpoints) < 250
    assert one.run.mark_count == len(other.run.checkpoints) == len(ids)
    for key in ids:
        assert key in one.run.checkpoints
        found, meant = one.run.checkpoints[key], other.run.checkpoints[key]
        assert found == one.run.checkpoints.get(key) == meant
    assert "1f1e6fd0-0000-6000-8000-00000000ffff" not in one.run.checkpoints
    told = list(one.run.checkpoints.values())
    assert (told[0].checkpoint_id, told[-1].checkpoint_id) == (ids[0], ids[-1])


def test_what_is_told_later_of_a_checkpoint_on_disk_stays_with_it() -> None:
    one, _, ids = marked(600)
    one.run.checkpoints[ids[100]] = replace(one.run.checkpoints[ids[100]], next=("later",))
    assert one.run.checkpoints[ids[100]].next == ("later",)
    assert one.run.mark_count == len(ids)
    assert next(reversed(one.run.checkpoints)) == ids[-1]


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_row_on_disk_names_the_checkpoint_that_its_superstep_ended_in(is_seen: bool) -> None:
    rows = TimelineRows()
    one, other, _ = marked(600, rows if is_seen else None)
    whole = _shown(other.run)
    rows.update([one.run], 0.0)
    while rows.is_behind:
        rows.update([one.run], 0.0)
    assert len(rows) == len(whole) > 600
    assert [rows.moment(row) for row in range(len(rows))] == [whole.moment(row) for row in range(len(whole))]
