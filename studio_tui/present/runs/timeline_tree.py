"""Runs of a thread as a tree: tasks under their run, subgraph tasks under the task that runs the subgraph, notes and
checkpoints between them. Grows with the runs: what is there is never put in again."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Hashable, Sequence
from typing import cast

from studio_tui.core.runstate.earlier import EarlierEntries, Entry, earlier_of
from studio_tui.domain.ids import Namespace, TaskId, task_of
from studio_tui.domain.run import CheckpointMark, Note, RunState, TaskView
from studio_tui.present.kit.outline import Outline, OutlineNode
from studio_tui.present.runs.fan_out import FOLDED_FROM, FanOut
from studio_tui.present.runs.timeline_parts import (
    EarlierPage,
    Item,
    OpenedPage,
    Track,
    below,
    has_a_row,
    item_of,
    merged,
    page_of,
)
from studio_tui.text.cells import width
from studio_tui.text.sanitize import clean

_PAGES_AT_ONCE = 8
"""Pages that were never here, as the timeline was not in sight, that are read for one update."""
_NAMES = 2_000
"""Names that are measured."""
_LONGEST = 60
_PAGES_OPEN = 4
"""Pages whose trees stay in memory after they were looked at."""


class TimelineTree:
    """The tree and how much of the app state's runs it has taken over."""

    def __init__(self) -> None:
        self.outline: Outline[Item] = Outline(None)
        self.tracks: list[Track] = []
        """How much of each run is in it, oldest first."""
        self._recent: deque[OpenedPage] = deque(maxlen=_PAGES_OPEN)
        self._changed: dict[OutlineNode[Item], OpenedPage] = {}
        """Pages that are not as they are read, because something in them was opened or closed."""
        self.is_behind = False
        """Whether pages are left to be read: the next update goes on with them."""
        self._unfolded = False
        """Whether all fan-outs on disk are open."""
        self.longest = 0
        """Cells that the longest name takes, with its indent and its sign; rounded up, so that columns stay."""
        self._names: set[tuple[int, str]] = set()

    def update(self, runs: Sequence[RunState]) -> int:
        """Take over what is new in `runs`; return the first row that may be another one than before."""
        start, kept, self.is_behind = len(self.outline), 0, False
        while kept < min(len(runs), len(self.tracks)) and self.tracks[kept].run is runs[kept]:
            kept += 1
        if kept < len(self.tracks):
            start = self.outline.row_of(self.tracks[kept].node)
            self.outline.cut(None, kept)
            del self.tracks[kept:]
        if not self.tracks:
            self.longest, self._names = 0, set()  # other runs, of other names
        for run in runs[kept:]:
            self.tracks.append(Track(run, self.outline.append(None, run), run.timeline, self.outline))
        for track in self.tracks:
            if not track.is_complete:
                start = min(start, self._extend(track))
        return start

    def node_of(self, run: RunState, item: TaskView | Note) -> OutlineNode[Item] | None:
        """Return the entry of something in a run's timeline, as far as it is in memory."""
        track = next((track for track in reversed(self.tracks) if track.run is run), None)
        return track.nodes.get(id(item)) if track is not None else None

    def is_here(self, node: OutlineNode[Item]) -> bool:
        """Tell whether `node` is still part of the tree."""
        while node.parent is not None:
            siblings = node.parent.children
            if node.slot >= len(siblings) or siblings[node.slot] is not node:
                return False
            node = node.parent
        if isinstance(node.item, OpenedPage):
            page = node.item.node.item
            is_open = isinstance(page, EarlierPage) and page.opened is not None and page.opened() is node.item
            return is_open and self.is_here(node.item.node)
        return node is self.outline.root

    def at(self, row: int) -> tuple[OutlineNode[Item], int]:
        """Return the entry that row `row` belongs to, and which of the entry's own rows it is."""
        node, sub = self.outline.at(row)
        return self.opened(node).outline.at(sub) if isinstance(node.item, EarlierPage) else (node, sub)

    def first_row(self, node: OutlineNode[Item]) -> int:
        """Return the first row of `node`; of the closed entry around it, if it is hidden."""
        page = page_of(node)
        if page is None:
            return self.outline.row_of(node)
        return self.outline.row_of(page.node) + page.outline.row_of(node)

    def parent_row(self, node: OutlineNode[Item]) -> int | None:
        """Return the row of what `node` is under, None at top level."""
        above, page = node.parent, page_of(node)
        if page is not None and above is page.track.node:
            above = page.node.parent
        return None if above is None or above.parent is None else self.first_row(above)

    def set_lines(self, node: OutlineNode[Item], lines: int) -> None:
        page = page_of(node)
        (page.outline if page is not None else self.outline).set_lines(node, lines)
        self._page_changed(page)

    def set_open(self, node: OutlineNode[Item], is_open: bool) -> None:
        page = page_of(node)
        (page.outline if page is not None else self.outline).set_open(node, is_open)
        self._page_changed(page)

    def _page_changed(self, page: OpenedPage | None) -> None:
        if page is not None:
            self._changed[page.node] = page
            self.outline.set_lines(page.node, len(page.outline))

    def opened(self, node: OutlineNode[Item]) -> OpenedPage:
        """Return the tree of a page, read anew where that was not done lately."""
        page = node.item
        assert isinstance(page, EarlierPage)
        found = page.opened() if page.opened is not None else None
        if found is None:
            earlier = earlier_of(page.run)
            assert earlier is not None
            found = OpenedPage(node, page.run, earlier.page(page.number))
            found.track.node.open = False  # so that nobody counts rows before all are there
            for entry in found.order:
                self._append(found.track, entry)
            found.outline.set_open(found.track.node, True)
            for fold in found.track.folds.values() if self._unfolded else ():
                found.outline.set_open(fold, True)
            page.opened = weakref.ref(found)
            if len(found.outline) != node.lines:
                self.outline.set_lines(node, len(found.outline))
        if found not in self._recent:
            self._recent.append(found)
        return found

    def row_of(self, anchor: Hashable) -> int | None:
        """Return the row of what `outline.at` once returned, or None if that entry is gone."""
        old, sub = cast("tuple[OutlineNode[Item], int]", anchor)
        node = self.find(old)
        return None if node is None else self.first_row(node) + max(0, min(sub, node.lines - 1))

    def find(self, node: OutlineNode[Item]) -> OutlineNode[Item] | None:
        """Return `node`, or the entry that shows the same thing after its run was put in anew, or None."""
        if self.is_here(node):
            return node
        if node.parent is not None and isinstance(node.parent.item, EarlierPage):  # it was put away since
            return self.opened(node.parent).like(node) if self.is_here(node.parent) else None
        if (page := page_of(node)) is not None:
            return self.opened(page.node).like(node) if self.is_here(page.node) else None
        for track in self.tracks:
            if track.run is node.item:
                return track.node
            if isinstance(node.item, FanOut) and node.item.run is track.run:
                return track.folds.get(node.item.key)
            if id(node.item) in track.nodes:
                return track.nodes[id(node.item)]
        return None

    def _extend(self, track: Track) -> int:
        run, start, closed = track.run, len(self.outline), set[int]()
        if track.timeline is not run.timeline or run.entry_count < track.entries or run.mark_count < track.marks:
            start = self.outline.row_of(track.node)
            closed = {key for key, node in track.nodes.items() if not node.open}
            self._start_over(track)
        start = min(start, self._take_pages(track))
        if self.is_behind:
            return start
        if track.entries == run.entry_count and track.marks == run.mark_count:
            return start
        if track is not self.tracks[-1]:
            start = min(start, self.outline.row_of(track.node))
        inside: set[OutlineNode[Item]] = set()
        for entry in merged(track):
            folds = len(track.folds)
            parent = self._append(track, entry)
            if parent is not track.node:
                inside.add(parent)
            if len(track.folds) > folds:
                inside.add(track.node)
        for parent in inside:
            start = min(start, self.outline.row_of(parent))
        track.entries, track.marks = run.entry_count, run.mark_count
        if len(track.checkpoint_of_step) > 2 * len(run.checkpoints):  # most were put away
            kept = {mark.checkpoint_id for mark in run.checkpoints.values()}
            steps = track.checkpoint_of_step
            track.checkpoint_of_step = {step: mark for step, mark in steps.items() if mark in kept}
        for key in closed & track.nodes.keys():
            self.outline.set_open(track.nodes[key], False)
        return start

    def _take_pages(self, track: Track) -> int:
        """Let pages stand for what the run has put away since; return the first row that may be another one."""
        earlier, start, read = earlier_of(track.run), len(self.outline), 0
        while earlier is not None and len(track.pages) < earlier.pages:
            number = len(track.pages)
            is_new = track.entries <= earlier.held_before(number) + earlier.first(number)
            entries = [] if is_new else earlier.page(number)  # which costs as much as all its entries
            known = [track.nodes.pop(id(entry), None) for entry in entries]
            nodes = [node for node in known if node is not None]
            if len(nodes) < sum(has_a_row(track.run, entry) for entry in entries):  # taken in part, or read since
                self._start_over(track)
                start = min(start, self.outline.row_of(track.node))
                continue
            if is_new and number not in track.sizes:
                read += 1
                if read > _PAGES_AT_ONCE:
                    self.is_behind = True
                    break
            self._take_held(track, earlier)
            under = track.run.tasks.get(earlier.under(number) or TaskId(""))
            above = track.nodes.get(id(under), track.node)
            start = min(start, self._put_page(track, above, nodes, entries))
        return start

    def _take_held(self, track: Track, earlier: EarlierEntries) -> None:
        """Take what stays in the run's timeline although it comes before the next page, and count what was taken."""
        number = len(track.pages)
        held, first = earlier.held_before(number), earlier.first(number)
        taken = max(track.held, min(held, track.entries - first))
        for entry in track.run.timeline[taken:held]:
            self._append(track, item_of(track.run, entry))
        track.held = held
        track.entries = max(track.entries, held + earlier.first(number + 1))

    def _put_page(
        self, track: Track, above: OutlineNode[Item], nodes: list[OutlineNode[Item]], entries: Sequence[Entry]
    ) -> int:
        """Put a page in the place of its entries; return the first row that may be another one."""
        number = len(track.pages)
        tops = {top.slot: top for node in nodes if (top := below(node, above)) is not None}
        folds = [node for node in tops.values() if isinstance(node.item, FanOut)]
        folds += [node.parent for node in nodes if node.parent is not None and isinstance(node.parent.item, FanOut)]
        rows, unfolded = track.sizes.get(number, (0, 0))
        if nodes:
            rows = unfolded = sum(node.size for node in tops.values())
        shown = unfolded if self._unfolded else rows
        changed = any(node.lines != 1 or (node.children and not node.open) for node in nodes)
        page, outline = EarlierPage(track.run, number, rows, unfolded), self.outline
        place = outline.exchange(above, set(tops), page, shown) if tops else outline.append(above, page, shown)
        track.pages.append(place)
        for key in {(entry.ns, entry.step, entry.name) for entry in entries if isinstance(entry, TaskView)}:
            track.alike.pop(key, None)
            track.folds.pop(key, None)
            track.unfolded.discard(key)
        if changed or folds or not shown:  # rows of what is opened are not those that are read
            opened = self.opened(place)
            page.rows = len(opened.outline)
            page.unfolded = page.rows + sum(len(fold.children) for fold in opened.track.folds.values() if not fold.open)
        track.sizes[number] = page.rows, page.unfolded
        touched = [node for node in nodes if node.children and not node.open] + [fold for fold in folds if fold.open]
        for node in [*nodes, *folds]:
            node.parent = place  # whoever still holds it finds its like
        for node in touched:
            again = self.opened(place).like(node)
            if again is not None and again.open is not node.open:
                self.set_open(again, node.open)
        return len(self.outline) if place.lines == shown and nodes else self.outline.row_of(place)

    def _start_over(self, track: Track) -> None:
        self.outline.clear(track.node)
        track.timeline, track.entries, track.marks = track.run.timeline, 0, 0
        track.held = 0
        track.unfolded = {key for key, node in track.folds.items() if node.open}
        track.nodes.clear()
        track.pages.clear()
        self._changed = {node: page for node, page in self._changed.items() if page.track.run is not track.run}
        track.alike.clear()
        track.folds.clear()
        track.checkpoint_of_step.clear()

    def _append(self, track: Track, item: TaskView | Note | CheckpointMark) -> OutlineNode[Item]:
        """Put one entry where it belongs; return what it was put under."""
        parent = track.node
        if not isinstance(item, CheckpointMark):
            parent = _parent(track, item.ns)
        elif item.step is not None and item.checkpoint_id is not None:
            track.checkpoint_of_step[item.step] = item.checkpoint_id
        if not has_a_row(track.run, item):
            return parent
        if isinstance(item, TaskView):
            return self._append_task(track, parent, item)
        track.nodes[id(item)] = track.outline.append(parent, item)
        return parent

    def _append_task(self, track: Track, parent: OutlineNode[Item], task: TaskView) -> OutlineNode[Item]:
        """Put a task in its place; many of one node in one superstep are folded into one entry."""
        key = (task.ns, task.step, task.name)
        self.note_name(len(task.ns), task.name)
        fold = track.folds.get(key)
        node = track.nodes[id(task)] = track.outline.append(fold or parent, task)
        if fold is not None and isinstance(fold.item, FanOut):
            fold.item.tasks.append(task)
            return fold
        if task.step is None:
            return parent
        alike = track.alike.setdefault(key, [])
        alike.append(node)
        if len(alike) < FOLDED_FROM or any(entry.parent is not node.parent for entry in alike):
            return parent
        self.note_name(len(task.ns), f"{task.name}  x1000")
        fan_out = FanOut(track.run, task)
        fan_out.tasks.extend(entry.item for entry in alike if isinstance(entry.item, TaskView))
        fold = track.folds[key] = track.outline.gather(track.alike.pop(key), fan_out)
        if key in track.unfolded:
            track.outline.set_open(fold, True)
        return fold

    def note_name(self, depth: int, name: str) -> None:
        """Let the column of names be wide enough for `name`."""
        if (depth, name) in self._names or len(self._names) > _NAMES:
            return
        self._names.add((depth, name))
        cells = 2 + 2 * min(depth, 4) + width(clean(name[:_LONGEST]))
        self.longest = max(self.longest, -(-cells // 4) * 4)

    def open_folds(self, is_open: bool, only: Sequence[OutlineNode[Item]] | None = None) -> list[OutlineNode[Item]]:
        """Open or close folds (all, or `only` those that are still there); return which were changed."""
        folds = [node for track in self.tracks for node in track.folds.values()]
        wanted = folds if only is None else [node for node in (self.find(item) for item in only) if node is not None]
        changed = [node for node in wanted if node.open is not is_open]
        for node in changed:
            self.set_open(node, is_open)
        if only is None or not is_open:
            self._unfold_pages(is_open)
        return changed

    def _unfold_pages(self, is_open: bool) -> None:
        """Open or close the fan-outs of all pages; those in which something was changed keep that."""
        if self._unfolded is is_open:
            return
        self._unfolded = is_open
        for node in [node for track in self.tracks for node in track.pages if node not in self._changed]:
            page = node.item
            if isinstance(page, EarlierPage) and page.rows != page.unfolded:
                page.opened = None
                self.outline.set_lines(node, page.unfolded if is_open else page.rows)


def _parent(track: Track, ns: Namespace) -> OutlineNode[Item]:
    """Return the entry of the innermost known task whose subgraph `ns` is."""
    for segment in reversed(ns):
        tasks = track.run.tasks if track.own is None else track.own
        view = tasks.get(task_of(segment))
        found = track.nodes.get(id(view)) if view is not None else None
        if found is not None:
            return found
    return track.node
