"""The forest of checkpoints: the picture of the lanes says the same as the parents that the server names."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.forest import (
    CROSS,
    JOIN_END,
    JOIN_UP,
    LINE,
    NODE,
    Forest,
    ForestRow,
    forest_rows,
)
from studio_tui.domain.ids import CheckpointId, ThreadId
from tests.read_state import branch_of, branch_tips
from tests.work import lines_run

THREAD = ThreadId("0199bbbb-0000-7000-8000-000000000001")


def key(number: int) -> CheckpointId:
    return CheckpointId(f"1f1e7584-{number:08d}")


def history_of(parents: list[int | None]) -> History:
    """A history whose checkpoint `n` came out of `parents[n]`."""
    history = History(THREAD)
    history.merge(
        [
            Checkpoint(THREAD, key(number), parent_id=None if parent is None else key(parent))
            for number, parent in enumerate(parents)
        ]
    )
    return history


@st.composite
def forests(draw: st.DrawFn) -> list[int | None]:
    size = draw(st.integers(1, 60))
    found: list[int | None] = [None]
    for number in range(1, size):
        found.append(draw(st.one_of(st.none(), st.integers(max(0, number - 6), number - 1), st.just(number - 1))))
    return found


def drawn_parents(rows: list[ForestRow], history: History) -> dict[CheckpointId, CheckpointId | None]:
    """Read the lineage back from the glyphs alone: follow each lane down until it meets a node or is joined."""
    open_lanes: dict[int, list[CheckpointId]] = {}
    found: dict[CheckpointId, CheckpointId | None] = {}
    for row in rows:
        node = row.lanes.index(NODE)
        assert node == row.lane
        joined = [place for place, glyph in enumerate(row.lanes) if glyph in (JOIN_UP, JOIN_END)]
        for place in (node, *joined):
            for child in open_lanes.pop(place, []):
                found[child] = row.checkpoint_id
        for place in open_lanes:
            assert row.lanes[place] in (LINE, CROSS), row
        if row.is_open or history.by_id[row.checkpoint_id].parent_id is None:
            found[row.checkpoint_id] = None
        else:
            open_lanes[node] = [row.checkpoint_id]
    assert not open_lanes
    return found


@settings(max_examples=300, deadline=None)
@given(forests())
def test_lanes_say_the_real_parents(parents: list[int | None]) -> None:
    history = history_of(parents)
    rows = forest_rows(history)
    assert [row.checkpoint_id for row in rows] == [item.checkpoint_id for item in history.items]
    assert drawn_parents(rows, history) == {item.checkpoint_id: item.parent_id for item in history.items}
    assert [row.is_head for row in rows] == [True, *[False] * (len(rows) - 1)]
    assert [row.checkpoint_id for row in rows if row.is_tip] == branch_tips(history)


@settings(max_examples=150, deadline=None)
@given(forests(), st.lists(st.integers(1, 10), min_size=1, max_size=8))
def test_pages_add_up_to_the_whole(parents: list[int | None], sizes: list[int]) -> None:
    whole = history_of(parents)
    paged = History(THREAD)
    forest = Forest()
    left = list(whole.items)
    for size in (*sizes, len(left)):
        page, left = left[:size], left[size:]
        paged.merge(page)
        given_back = paged.items[len(paged.items) // 2 :]
        paged.replace({item.checkpoint_id: replace(item, values="x") for item in given_back if item.checkpoint_id})
        rows = list(forest.update(paged))
        assert rows == forest_rows(paged)
        assert paged.items == sorted(paged.by_id.values(), key=lambda item: item.checkpoint_id or "", reverse=True)
    assert rows == forest_rows(whole)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), max_size=6), max_size=8))
def test_checkpoints_stand_newest_first_in_whatever_order_they_come(pages: list[list[int]]) -> None:
    history, known = History(THREAD), set[int]()
    for turn, page in enumerate(pages):
        fresh = history.merge([Checkpoint(THREAD, key(number), step=turn) for number in page])
        assert fresh == len(set(page) - known)
        known |= set(page)
        assert [item.checkpoint_id for item in history.items] == [key(number) for number in sorted(known, reverse=True)]
        assert all(history.by_id[item.checkpoint_id] is item for item in history.items if item.checkpoint_id)


def test_a_page_of_older_checkpoints_is_no_more_work_at_the_end_of_a_long_history() -> None:
    history, forest = history_of([None, *range(3999)]), Forest()
    left, paged, work = list(history.items), History(THREAD), []

    def take() -> None:
        paged.merge(left[:25])
        forest.update(paged)

    while left:
        work.append(lines_run(take))
        del left[:25]
    assert max(work[1:]) < 1.5 * work[1]


@settings(max_examples=100, deadline=None)
@given(forests())
def test_one_branch_keeps_its_number_and_lane(parents: list[int | None]) -> None:
    history = history_of(parents)
    rows = {row.checkpoint_id: row for row in forest_rows(history)}
    for tip in branch_tips(history):
        path = [item.checkpoint_id for item in branch_of(history, tip)]
        own = [rows[item].branch for item in path if item is not None]
        first = own[0]
        length = own.count(first)
        assert own[:length] == [first] * length, "a branch is one piece, from its tip down"
    head = history.head
    assert head is not None
    assert head.checkpoint_id is not None
    assert rows[head.checkpoint_id].branch == 0


def test_a_fork_reads_like_git_log() -> None:
    # 0 ← 1 ← 2 ← 3, and 4 ← 5 out of 1
    rows = Forest().update(history_of([None, 0, 1, 2, 1, 4]), {key(3): "before the fix"})
    assert ["".join(row.lanes) for row in rows] == ["●", "●", "│●", "│●", "●╯", "●"]
    assert [row.branch for row in rows] == [0, 0, 1, 1, 0, 0]
    assert [row.branch_name for row in rows] == ["", "", "before the fix", "", "", ""]


def test_a_parent_that_is_not_loaded_leaves_the_branch_open() -> None:
    whole = history_of([None, 0, 1])
    part = History(THREAD)
    part.merge(whole.items[:1])
    forest = Forest()
    assert [row.is_open for row in forest.update(part)] == [True]
    part.merge(whole.items)
    assert [row.is_open for row in forest.update(part)] == [False, False, False]


def test_a_checkpoint_older_than_its_parent_does_not_hang() -> None:
    history = History(THREAD)
    history.merge([Checkpoint(THREAD, key(1), parent_id=key(2)), Checkpoint(THREAD, key(2), parent_id=key(1))])
    assert len(forest_rows(history)) == 2


def test_hundreds_of_forks_of_one_checkpoint_stay_narrow() -> None:
    rows = forest_rows(history_of([None, *[0] * 500]))
    assert max(len(row.lanes) for row in rows) <= 64
    assert sorted(row.lane for row in rows[:-1]) == list(range(500))


def test_ten_thousand_checkpoints() -> None:
    chance = random.Random(4)
    parents: list[int | None] = [None]
    for number in range(1, 10_000):
        parents.append(number - 1 if chance.random() < 0.97 else max(0, number - chance.randint(2, 200)))
    history = history_of(parents)
    rows = forest_rows(history)
    assert drawn_parents(rows, history) == {item.checkpoint_id: item.parent_id for item in history.items}
