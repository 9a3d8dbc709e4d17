"""The rows of the timeline: what is expanded, and how each row is drawn. `timeline_tree` says what is where."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from studio_tui.domain.checkpoint import History
from studio_tui.domain.ids import CheckpointId, node_path
from studio_tui.domain.run import CheckpointMark, Note, Phase, RunError, RunState, TaskView
from studio_tui.present.kit.outline import OutlineNode
from studio_tui.present.kit.rows import Rows
from studio_tui.present.kit.signs import task_sign
from studio_tui.present.kit.written import Written
from studio_tui.present.runs import timeline_lines as lines
from studio_tui.present.runs.failures import Failures
from studio_tui.present.runs.fan_out import FanOut
from studio_tui.present.runs.origins import Origins
from studio_tui.present.runs.task_writes import TaskWrites
from studio_tui.present.runs.timeline_details import Detail, call_lines, why_line
from studio_tui.present.runs.timeline_moments import Moment, entry_at, moment_of, run_of
from studio_tui.present.runs.timeline_parts import (
    EarlierPage,
    Item,
    OpenedPage,
    error_of,
    first_of_step,
    identity,
    label_of,
    step_number,
)
from studio_tui.present.runs.timeline_tree import TimelineTree
from studio_tui.present.runs.trace_bar import Bar, bar_of
from studio_tui.present.runs.turn_lines import asked_of, error_note, totals_of, turn_line, went_on_line
from studio_tui.present.runs.turns import Turns
from studio_tui.present.runs.waiting import Waiting
from studio_tui.text.fmt import duration
from studio_tui.text.spans import Line, fit_line, plain


class TimelineRows(Rows):
    """`Rows` over the runs of a thread. Call `update` when they have changed."""

    def __init__(self) -> None:
        self._waiting = Waiting()
        self._tree = TimelineTree()
        self._outline = self._tree.outline
        self._turns = Turns()
        self._details: dict[OutlineNode[Item], Detail] = {}
        """What is expanded below entries."""
        self._closed: set[object] = set()
        """Tasks and runs whose errors the user closed: they do not open by themselves again."""
        self._failures = Failures()
        self._looks: tuple[list[int], list[tuple[int, Phase, RunError | None]]] | None = None
        """Heads of turns, and what decides the rows of each run, at the last update; None: something was opened."""
        self._writes = TaskWrites()
        self._origins = Origins()
        self.cells = 80

    def update(
        self,
        runs: Sequence[RunState],
        now: float,
        paused: tuple[str, ...] = (),
        asked: frozenset[str] = frozenset(),
        history: History | None = None,
    ) -> int:
        """Take over what is new in `runs`; return the first row that may be another one than before.

        `paused`: the nodes where the thread is paused; the end of the newest run says so. `asked`: the keys of the
        questions that are open, whichever run asked them. `history`: the thread's checkpoints, which tell where runs
        branch off.
        """
        self.now = lines.known_until(runs, now, self.now)
        self._waiting = Waiting(runs[-1] if runs else None, paused, asked)
        if history is not None:
            self._origins.take(history)
        start = self._tree.update(runs)
        if self._turns.update(runs):
            self._failures.forget_others(runs)
            self._looks = None
        for old in list(self._details):
            node, detail = self._tree.find(old), self._details[old]
            if node is not old:
                del self._details[old]
            if node is not None and (node is not old or detail.of != self._of(node)):
                start = min(start, self._tree.first_row(node))
                self._show_detail(node, detail)
        for place in self._changed(start):
            node = self._outline.root.children[place]
            for failed in self._failed(node):
                if failed not in self._details and identity(failed) not in self._closed:
                    self._show_detail(failed, Detail(self._of(failed)))
                    start = min(start, self._tree.first_row(failed))
            start = min(start, self._join(place, node))
        return start

    def _changed(self, start: int) -> Iterable[int]:
        """Return the places of runs that may have other rows than before: the last, and those that are not as they
        were; all where the tree has changed above the last, from row `start` on."""
        top, looks = self._outline.root.children, [(run.rev, run.phase, run.error) for run in self._turns.runs]
        before, self._looks = self._looks, (list(self._turns.heads), looks)
        if not top or before is None or before[0] != self._turns.heads or start < self._outline.row_of(top[-1]):
            return range(len(top))
        return [place for place, look in enumerate(looks) if place == len(top) - 1 or look != before[1][place]]

    def _join(self, place: int, node: OutlineNode[Item]) -> int:
        """Hide what another row of the turn tells; return the first row that may be another one."""
        start = len(self._outline)
        head = self._outline.root.children[self._turns.heads[place]]
        if head is not node and not head.open and node.open:
            self._tree.set_open(node, False)
            start = self._outline.row_of(head)
        if node.lines != (rows := self._rows_of(node)):
            start = min(start, self._tree.first_row(node))
            self._tree.set_lines(node, rows)
        told = self._turns.told_by_next(place)
        why = error_note(self._turns.runs[place]) if self._failed(node) else None
        for note in filter(None, (told, why)):
            above = self._tree.node_of(self._turns.runs[place], note)
            if above is not None and above.lines:
                start = min(start, self._tree.first_row(above))
                self._tree.set_lines(above, 0)
        return start

    def _rows_of(self, node: OutlineNode[Item]) -> int:
        """How many rows of its own an entry has."""
        top = node.parent is self._outline.root
        if top and self._turns.heads[node.slot] != node.slot:
            head = self._outline.root.children[self._turns.heads[node.slot]]
            if not head.open:
                return 0
        detail = self._details.get(node)
        return 1 + (len(detail.lines) if detail is not None else int(self._says_why(node)))

    @property
    def is_behind(self) -> bool:
        """Whether `update` has more to take over from disk: it is to be called again."""
        return self._tree.is_behind

    # -- expanding ----------------------------------------------------------------------------------------------

    def lay_out_anew(self) -> bool:
        """Wrap what is expanded anew; return whether there is any."""
        for node, detail in list(self._details.items()):
            self._show_detail(node, detail)
        return bool(self._details)

    def toggle(self, row: int) -> bool:
        """Expand or collapse what a row shows: a turn, an error or its trace, calls, subgraph tasks."""
        self._looks = None
        node, sub = self._tree.at(row)
        detail = self._details.get(node)
        part = detail.parts.get(sub - 1) if detail is not None and sub else None
        if detail is not None and part:
            detail.whole, detail.traced = detail.whole or part == "rest", detail.traced is not (part == "trace")
            self._show_detail(node, detail)
        elif detail is not None and (sub or not isinstance(node.item, RunState)):
            del self._details[node]
            self._closed.add(identity(node))
            self._tree.set_lines(node, self._rows_of(node))
        elif self._holds_error(node, sub):
            self._show_detail(node, Detail(self._of(node), whole=True))
        elif node.children:
            is_open = not node.open
            self._tree.set_open(node, is_open)
            self._open_turn(node, is_open)
        elif self._has_calls(node):
            self._show_detail(node, Detail(self._of(node)))
        else:
            return False
        return True

    def _open_turn(self, node: OutlineNode[Item], is_open: bool) -> None:
        """The head of a turn opens and closes all its runs."""
        if node.parent is not self._outline.root or self._turns.heads[node.slot] != node.slot:
            return
        for part in self._outline.root.children[node.slot + 1 : node.slot + len(self._turns.parts(node.slot))]:
            self._tree.set_open(part, is_open)
            self._tree.set_lines(part, self._rows_of(part))

    def is_open(self, row: int) -> bool | None:
        """Tell whether the row is expanded; None if it cannot be."""
        node, sub = self._tree.at(row)
        detail = self._details.get(node)
        if detail is not None and sub:
            part = detail.parts.get(sub - 1)
            return part != "rest" and (part != "trace" or detail.traced)
        if self._holds_error(node, sub):
            return detail is not None
        if node.children:
            return node.open
        return detail is not None if self._has_calls(node) else None

    def parent_row(self, row: int) -> int | None:
        """Return the row that `row` belongs under, or None at top level."""
        node, sub = self._tree.at(row)
        if sub:
            return row - sub
        return self._tree.parent_row(node)

    def open_folds(self, is_open: bool, only: Sequence[OutlineNode[Item]] | None = None) -> list[OutlineNode[Item]]:
        """Open or close folded fan-outs, all or `only` some; return which were changed."""
        self._looks = None
        return self._tree.open_folds(is_open, only)

    def _show_detail(self, node: OutlineNode[Item], detail: Detail) -> None:
        detail.of = self._of(node)
        if isinstance(node.item, TaskView):
            self._tree.note_name(len(node.item.ns), f"{self.signs.open} {node.item.name}")
        if text := error_of(node):
            detail.lay_out_error(text, self.signs, self.cells)
        elif isinstance(node.item, TaskView) and (run := run_of(node)) is not None:
            axis, widths = self._turns.axis(run, self.now), lines.columns(self.cells, self._tree.longest)
            wrote = self._written(node, node.item)
            detail.show(call_lines(run, node.item, wrote, axis, widths, self.signs))
        self._details[node] = detail
        self._tree.set_lines(node, self._rows_of(node))

    def _of(self, node: OutlineNode[Item]) -> object:
        """What the rows below an entry are made of."""
        return error_of(node) or (node.item.rev if isinstance(node.item, TaskView) else None)

    def _has_calls(self, node: OutlineNode[Item]) -> bool:
        """Whether there is more to tell of what a task wrote than its row does."""
        if not isinstance(node.item, TaskView):
            return False
        wrote = self._written(node, node.item)
        return bool(wrote.messages) or len(wrote.parts) > 1

    def _holds_error(self, node: OutlineNode[Item], sub: int) -> bool:
        """Whether the row expands to an error: a failed task's rows, and those under a failed run's header."""
        return bool(error_of(node)) and (sub > 0 or not isinstance(node.item, RunState))

    def _says_why(self, node: OutlineNode[Item]) -> bool:
        """Whether a run's header is followed by its error: it failed, and none of its tasks tells why."""
        return isinstance(node.item, RunState) and self._failures.of(node.slot, node.item).of_run

    def _failed(self, node: OutlineNode[Item]) -> list[OutlineNode[Item]]:
        """The entries of a failed run that tell their errors without being asked."""
        if not isinstance(node.item, RunState):
            return []
        failure = self._failures.of(node.slot, node.item)
        if failure.of_run:
            return [node]
        found = (self._tree.node_of(node.item, task) for task in failure.tasks)
        return [item for item in found if item is not None and item.parent is not None and item.parent.open]

    # -- looking up ---------------------------------------------------------------------------------------------

    def moment(self, row: int) -> Moment:
        """Return task, node and checkpoint that a row stands for."""
        return moment_of(self._tree.at(row)[0], self._tree.tracks)

    def row_at(self, checkpoint_id: CheckpointId, step: int | None) -> int | None:
        """Return the row that stands for a checkpoint of superstep `step`, None where no run that is shown wrote it."""
        node = entry_at(checkpoint_id, step, self._tree.tracks)
        return None if node is None else self._tree.first_row(node)

    def item(self, row: int) -> Item:
        return self._tree.at(row)[0].item

    def run_of(self, row: int) -> RunState | None:
        return run_of(self._tree.at(row)[0])

    def anchor(self, row: int) -> Hashable:
        return self._tree.at(row)

    def row_of(self, anchor: Hashable) -> int | None:
        """Return the row of an anchor now, or None if its entry is gone."""
        return self._tree.row_of(anchor)

    # -- rows ---------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._outline)

    def key(self, index: int) -> Hashable:
        """Return identity and revision of a row; for running things also the duration shown, and the bar."""
        node, sub = self._tree.at(index)
        item = node.item
        if sub:
            detail = self._details.get(node)
            return (node, sub, self.cells, error_of(node) if detail is None else detail.serial)
        if isinstance(item, RunState):
            return self._run_key(node, item)
        if not isinstance(item, TaskView | FanOut):
            return (node, here) if (here := self._waiting.here(node)) else node
        widths = lines.columns(self.cells, self._tree.longest)
        shared = (widths, first_of_step(node, item), self._waiting.is_now(node))
        if isinstance(item, FanOut):
            return (node, item.look(), node.open, item.seconds(self.now), self._bar(node, item, widths), shared)
        return (node, item.rev, item.status, self._times(node, item, widths), self._fold(node, item), shared)

    def _times(self, node: OutlineNode[Item], task: TaskView, widths: lines.Columns) -> Hashable:
        """What duration and bar of a task depend on: while it runs those themselves, which cost more to find out."""
        if lines.is_running(task):
            return (duration(lines.task_seconds(task, self.now)), self._bar(node, task, widths))
        run = run_of(node) if widths.bar else None
        axis = self._turns.axis(run, self.now) if run is not None else None
        return (axis, task.started_at, task.ended_at, task.between_checkpoints)

    def _run_key(self, node: OutlineNode[Item], run: RunState) -> Hashable:
        before = self._turns.before(node.slot)
        if before is not None:
            return (node, before.rev, before.phase, before.ended_at, run.started_at, run.gap, node.open)
        parts = self._turns.parts(node.slot)
        totals = totals_of(parts, self.now)
        shown = duration(totals.seconds)
        revs = sum(part.rev for part in parts)
        origin = self._origins.of(parts[0])
        return (node, revs, parts[-1].phase, node.open, shown, totals[1:], self._waiting.is_now(node), origin)

    def line(self, index: int, width: int) -> Line:
        node, sub = self._tree.at(index)
        item = node.item
        if sub:
            detail = self._details.get(node)
            return (
                why_line(error_of(node), self.signs, width)
                if detail is None
                else fit_line(detail.lines[sub - 1], width)
            )
        if isinstance(item, RunState):
            return self._run_line(node, item, width)
        depth = max(0, node.depth - 1)
        if isinstance(item, Note):
            return lines.note_line(item, self.signs, depth=depth, cells=width, here=self._waiting.here(node))
        if isinstance(item, CheckpointMark):
            return lines.mark_line(item, self.signs, cells=width)
        if item is None or isinstance(item, EarlierPage | OpenedPage):
            return ()
        widths = lines.columns(width, self._tree.longest)
        place = lines.Place(first_of_step(node, item), depth, self._waiting.is_now(node))
        bar = self._bar(node, item, widths)
        if isinstance(item, FanOut):
            return item.line(self.signs, self.now, place=place, cells=width, widths=widths, bar=bar, is_open=node.open)
        return lines.task_line(
            item, self.signs, self.now, place=place, cells=width, widths=widths, bar=bar,
            wrote=self._written(node, item), fold=self._fold(node, item), label=label_of(node, item),
            told_below=node in self._details,
        )  # fmt: skip

    def _run_line(self, node: OutlineNode[Item], run: RunState, width: int) -> Line:
        known = self._turns.asked.get(node.slot)
        if known is None or known[0] is not run:
            known = self._turns.asked[node.slot] = (run, asked_of(run))
        before = self._turns.before(node.slot)
        if before is not None:
            return went_on_line(before, run, self.signs, cells=width, is_open=node.open, asked=known[1])
        return turn_line(
            self._turns.parts(node.slot), self.signs, self.now, cells=width,
            is_open=node.open, is_now=self._waiting.is_now(self._last(node)), asked=known[1],
            origin=self._origins.of(run),
        )  # fmt: skip

    def _last(self, node: OutlineNode[Item]) -> OutlineNode[Item]:
        """The last run of the turn that a run heads."""
        parts = self._turns.parts(node.slot)
        return self._outline.root.children[self._turns.place(parts[-1])] if parts else node

    def text(self, index: int) -> str:
        """Return a row's text: a task's with its superstep, the path of its node, and what it wrote."""
        node, sub = self._tree.at(index)
        task = node.item
        if not sub and isinstance(task, FanOut):
            return f"{step_number(task)}{task.text(self.signs)}"
        if sub or not isinstance(task, TaskView):
            return plain(self.line(index, 400)).rstrip()
        sign, _ = task_sign(task.status, self.signs)
        wrote = self._written(node, task)
        facts = plain(lines.task_facts(task, wrote, is_now=self._waiting.is_now(node)))
        tokens = lines.tokens_of(task, wrote)
        told = lines.tokens_text(tokens) if tokens else ""
        label = " ".join(label_of(node, task) or ())
        name = lines.head(node_path(task.ns, task.name))
        return f"{step_number(task)}{sign} " + " ".join(filter(None, (name, label, facts, told)))

    # -- parts of rows ------------------------------------------------------------------------------------------

    def _bar(self, node: OutlineNode[Item], item: TaskView | FanOut, widths: lines.Columns) -> Bar | None:
        run = run_of(node) if widths.bar else None
        if run is None:
            return None
        if isinstance(item, FanOut):
            started, ended, sure = item.span(self.now)
        else:
            started, ended = item.started_at, lines.end_of(item, self.now)
            sure = not item.between_checkpoints
        return bar_of(self._turns.axis(run, self.now), started, ended, widths.bar, sure=sure)

    def _written(self, node: OutlineNode[Item], task: TaskView) -> Written:
        return self._writes.of(run_of(node), task, self.signs)

    def _fold(self, node: OutlineNode[Item], task: TaskView) -> str:
        if task.error:
            return f"{self.signs.open if node in self._details else self.signs.closed} "
        if node.children:
            return "" if node.open else f"{self.signs.closed} "
        return f"{self.signs.open} " if node in self._details else ""
