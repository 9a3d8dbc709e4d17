"""What can be done from a checkpoint: wrapped where there is room, else cut behind whole words."""

from __future__ import annotations

import pytest

from studio_tui.core.timetravel.edits import Direction
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.present.timetravel.paths import laid_out, paths_lines
from studio_tui.text.glyphs import ASCII, UNICODE
from studio_tui.text.spans import Line, line_width, plain

WILL = "Will run: human_review, then human_review or place_expense."
KEYS = {"rerun": "R", "edit": "e", "fork": "f", "undo": "u"}
UNDO: dict[Direction, str] = {"undo": "the edit of count at step 3"}


def _lines() -> list[Line]:
    item = Checkpoint(ThreadId("t"), CheckpointId("c"), next=("human_review",))
    return paths_lines(item, WILL, KEYS, live=False, steps=UNDO)


def test_no_word_is_cut_in_two() -> None:
    rows = [plain(line).rstrip() for line in laid_out(_lines(), 52, 4)]
    assert rows[0] == " R run again       human_review, then human_review…"
    assert len(rows) == 4


def test_the_way_of_a_run_is_written_with_the_arrow_of_the_terminal() -> None:
    item = Checkpoint(ThreadId("t"), CheckpointId("c"), next=("a",))
    for signs in (UNICODE, ASCII):
        will = "Will run: a → b, which decides: c or end."
        row = plain(paths_lines(item, will, KEYS, live=False, steps=UNDO, signs=signs)[0])
        assert row == f" R run again       a {signs.arrow} b {signs.arrow} c or end; new branch"


def test_undo_that_has_nothing_to_take_back_says_so() -> None:
    item = Checkpoint(ThreadId("t"), CheckpointId("c"), next=("human_review",))
    able, unable = _lines()[3], paths_lines(item, WILL, KEYS, live=False, steps={})[3]
    assert plain(able).split(maxsplit=2)[2] == "takes back the edit of count at step 3"
    assert "key bold" in [span.role for span in able]
    assert "key bold" not in [span.role for span in unable]
    assert plain(unable).split(maxsplit=2)[2] == "nothing: none of this session"
    keys = {**KEYS, "redo": "U"}
    steps: dict[Direction, str] = {"redo": "the fork of step 2"}
    redo = paths_lines(item, WILL, keys, live=False, steps=steps)
    assert plain(redo[-1]).split(maxsplit=2) == ["U", "redo", "does again the fork of step 2"]
    assert [len(redo), len(paths_lines(item, WILL, keys, live=False, steps={**steps, **UNDO}))] == [4, 4]


@pytest.mark.parametrize("cells", range(40, 90))
def test_every_row_fits(cells: int) -> None:
    for height in (4, 12):
        rows = laid_out(_lines(), cells, height)
        assert all(line_width(row) <= cells for row in rows)
        words = " ".join(plain(row) for row in rows).replace("…", "").replace(";", "").replace(",", "").split()
        known = {word for line in _lines() for word in plain(line).replace(";", "").replace(",", "").split()}
        assert set(words) <= known


def test_where_there_is_room_all_is_said() -> None:
    one_more = [plain(line).rstrip() for line in laid_out(_lines(), 42, 5)]
    assert one_more[0].endswith("human_review, then")
    assert one_more[1].strip() == "human_review or…", "no row is left empty"
    rows = [plain(line).rstrip() for line in laid_out(_lines(), 52, 8)]
    assert rows[:2] == [
        " R run again       human_review, then human_review",
        "                   or place_expense; new branch",
    ]
