"""The checkpoints that a long run passed earlier: their marks, by pages in a temporary file.

In memory stay those of the run's start and the newest; each is still found by its id, and by its superstep.
"""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from studio_tui.core.runstate.backed_map import BackedMap
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import CheckpointMark, RunState

if TYPE_CHECKING:
    from studio_tui.core.runstate.page_ids import PageIds
    from studio_tui.core.state.unnamed_file import UnnamedFile

FIRST_MARKS = 64
"""Checkpoints of a run's start that stay in memory."""
_NONE = 1 << 62


class EarlierMarks(Struct, eq=False):
    """Checkpoint marks of one run that are not in its `checkpoints` any more, oldest first."""

    file: UnnamedFile
    _ids: PageIds
    count: int = 0
    newest: CheckpointId | None = None
    """The newest among them of the root graph, by its id."""
    revised: dict[CheckpointId, CheckpointMark] = field(default_factory=dict)
    """Those of which something was told since."""
    _starts: array[int] = field(default_factory=lambda: array("Q"))
    _sizes: array[int] = field(default_factory=lambda: array("Q"))
    _lowest: array[int] = field(default_factory=lambda: array("q"))
    """The supersteps of the root graph that each page is about."""
    _highest: array[int] = field(default_factory=lambda: array("q"))
    _page: tuple[int, dict[CheckpointId, CheckpointMark]] = (-1, {})
    """The one read last."""

    def put(self, marks: Sequence[tuple[CheckpointId, CheckpointMark]]) -> None:
        """Take over the next marks with their keys; raises OSError where they cannot be written."""
        blob = marshal.dumps([_packed(key, mark) for key, mark in marks])
        self._starts.append(self.file.append(blob))
        self._sizes.append(len(blob))
        own = [mark for _, mark in marks if not mark.ns]
        steps = [mark.step for mark in own if mark.step is not None]
        self._lowest.append(min(steps, default=_NONE))
        self._highest.append(max(steps, default=-_NONE))
        ids = [mark.checkpoint_id for mark in own if mark.checkpoint_id is not None]
        self.newest = max([*ids, *([self.newest] if self.newest is not None else [])], default=None)
        self._ids.add([key for key, _ in marks], len(self._starts) - 1)
        self.count += len(marks)

    def find(self, key: CheckpointId) -> CheckpointMark | None:
        """The mark that was kept under this key; None if none was."""
        for page in self._ids.pages_of(key) if self._ids.may_have(key) else ():
            found = self._read(page).get(key)
            if found is not None:
                return self.revised.get(key, found)
        return None

    def of_step(self, step: int) -> CheckpointId | None:
        """The id of the root graph's checkpoint that ended a superstep, the newest if there are several."""
        for page in range(len(self._starts) - 1, -1, -1):
            if self._lowest[page] <= step <= self._highest[page]:
                marks = reversed(self._read(page).values())
                ids = (mark.checkpoint_id for mark in marks if mark.step == step and not mark.ns)
                found = next((item for item in ids if item is not None), None)
                if found is not None:
                    return found
        return None

    def _read(self, page: int) -> dict[CheckpointId, CheckpointMark]:
        if self._page[0] != page:
            try:
                packed = marshal.loads(self.file.read(self._starts[page], self._sizes[page]))
            except (OSError, EOFError, ValueError, TypeError):
                packed = []  # what is not there any more is not told of
            self._page = page, {key: CheckpointMark(*rest) for key, *rest in packed}
        return self._page[1]


class MarkMap(BackedMap[CheckpointId, CheckpointMark]):
    """The checkpoint marks of a run's start and the newest: `RunState.mark_count` counts all.

    What is told of one that is on disk stays beside it.
    """

    def __init__(self, marks: dict[CheckpointId, CheckpointMark], earlier: EarlierMarks) -> None:
        super().__init__(marks, earlier.find)
        self._earlier = earlier

    def __setitem__(self, key: CheckpointId, mark: CheckpointMark) -> None:
        if not self.holds(key) and self._earlier.find(key) is not None:
            self._earlier.revised[key] = mark
        else:
            super().__setitem__(key, mark)


def _packed(key: CheckpointId, mark: CheckpointMark) -> Sequence[Any]:
    return (key, mark.checkpoint_id, mark.ns, mark.step, mark.source, mark.at, mark.next, mark.streamed)


def marks_since(run: RunState, count: int) -> list[CheckpointMark]:
    """The checkpoints after the first `count` of all, as far as they are in memory."""
    marks = run.checkpoints.values()
    first = FIRST_MARKS if run.mark_count > len(marks) else 0
    newest = islice(reversed(marks), min(run.mark_count - count, len(marks) - first))
    return [*islice(marks, count, first), *reversed(list(newest))] if count < first else list(newest)[::-1]
