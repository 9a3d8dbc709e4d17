"""The rows of the timeline: what is expanded, and how each row is drawn. `timeline_tree` says what is where."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from studio_tui.domain.ids import node_path
from studio_tui.domain.run import CheckpointMark, Note, RunState, TaskView
from studio_tui.present.kit.outline import OutlineNode
from studio_tui.present.kit.rows import Rows
from studio_tui.present.kit.signs import run_seconds, task_sign
from studio_tui.present.runs import timeline_lines as lines
from studio_tui.present.runs.fan_out import FanOut
from studio_tui.present.runs.timeline_parts import EarlierPage, Item, OpenedPage
from studio_tui.present.runs.timeline_tree import Moment, TimelineTree
from studio_tui.text.cells import wrap
from studio_tui.text.fmt import duration
from studio_tui.text.sanitize import clean_block
from studio_tui.text.spans import Line, Span, plain

_INDENT = 6
"""Cells before the text of an expanded error."""
_LOOK_BACK = 8
"""Rows above a task that may stand between it and the first task of its superstep."""


class TimelineRows(Rows):
    """`Rows` over the runs of a thread. Call `update` when they have changed."""

    def __init__(self) -> None:
        self._newest: RunState | None = None
        self._paused: tuple[str, ...] = ()
        self._asked: frozenset[str] = frozenset()
        self._tree = TimelineTree()
        self._outline = self._tree.outline
        self._errors: dict[OutlineNode[Item], tuple[str, list[str]]] = {}
        """Expanded errors: the raw text, and its lines wrapped for `cells`."""
        self._why: dict[int, tuple[RunState, int, object, bool]] = {}
        """By the place of a failed run: the run, its revision, its error, and whether that follows the header."""
        self.cells = 80

    def update(
        self,
        runs: Sequence[RunState],
        now: float,
        paused: tuple[str, ...] = (),
        asked: frozenset[str] = frozenset(),
    ) -> int:
        """Take over what is new in `runs`; return the first row that may be another one than before.

        `paused`: the nodes where the thread is paused; the end of the newest run says so. `asked`: the keys of the
        questions that are open, whichever run asked them.
        """
        self.now = now
        self._newest, self._paused, self._asked = runs[-1] if runs else None, paused, asked
        start = self._tree.update(runs)
        for old, (text, _) in list(self._errors.items()):
            node = self._tree.find(old)
            if node is not old:
                del self._errors[old]
            if node is not None and (node is not old or text != _error_text(node)):
                start = min(start, self._tree.first_row(node))
                self._show_error(node)
        for node in self._outline.root.children:
            rows = 1 + self._says_why(node)
            if node not in self._errors and node.lines != rows:
                start = min(start, self._tree.first_row(node))
                self._tree.set_lines(node, rows)
        return start

    @property
    def is_behind(self) -> bool:
        """Whether `update` has more to take over from disk: it is to be called again."""
        return self._tree.is_behind

    # -- expanding ----------------------------------------------------------------------------------------------

    def lay_out_anew(self) -> bool:
        """Wrap expanded errors anew; return whether there are any."""
        for node in list(self._errors):
            self._show_error(node)
        return bool(self._errors)

    def toggle(self, row: int) -> bool:
        """Expand or collapse what the row shows: a run, an error, subgraph tasks. False: there is nothing to."""
        node, sub = self._tree.at(row)
        if self._holds_error(node, sub):
            if node in self._errors:
                del self._errors[node]
                self._tree.set_lines(node, 1 + self._says_why(node))
            else:
                self._show_error(node)
            return True
        if node.children:
            self._tree.set_open(node, not node.open)
            return True
        return False

    def is_open(self, row: int) -> bool | None:
        """Tell whether the row is expanded; None if it cannot be."""
        node, sub = self._tree.at(row)
        if self._holds_error(node, sub):
            return node in self._errors
        return node.open if node.children else None

    def parent_row(self, row: int) -> int | None:
        """Return the row that `row` belongs under, or None at top level."""
        node, sub = self._tree.at(row)
        if sub:
            return row - sub
        return self._tree.parent_row(node)

    def open_folds(self, is_open: bool, only: Sequence[OutlineNode[Item]] | None = None) -> list[OutlineNode[Item]]:
        """Open or close folded fan-outs, all or `only` some; return which were changed."""
        return self._tree.open_folds(is_open, only)

    def _show_error(self, node: OutlineNode[Item]) -> None:
        text = _error_text(node)
        wrapped = wrap(clean_block(text), max(8, self.cells - _INDENT))
        self._errors[node] = (text, wrapped)
        self._tree.set_lines(node, 1 + len(wrapped))

    def _holds_error(self, node: OutlineNode[Item], sub: int) -> bool:
        """Whether the row expands to an error: a failed task's rows, and those under a failed run's header."""
        return bool(_error_text(node)) and (sub > 0 or not isinstance(node.item, RunState))

    def _says_why(self, node: OutlineNode[Item]) -> bool:
        """Whether a run's header is followed by its error: it failed, and none of its tasks tells why."""
        run = node.item
        if not isinstance(run, RunState) or run.error is None:
            return False
        known = self._why.get(node.slot)
        if known is None or known[0] is not run or known[1] != run.rev or known[2] is not run.error:
            says_why = not run.failed_earlier and not any(task.error for task in run.tasks.values())
            known = (run, run.rev, run.error, says_why)
            self._why[node.slot] = known
        return known[3]

    # -- looking up ---------------------------------------------------------------------------------------------

    def moment(self, row: int) -> Moment:
        """Return task, node and checkpoint that a row stands for."""
        return self._tree.moment(self._tree.at(row)[0])

    def item(self, row: int) -> Item:
        return self._tree.at(row)[0].item

    def run_of(self, row: int) -> RunState | None:
        return self._tree.run(self._tree.at(row)[0])

    def anchor(self, row: int) -> Hashable:
        return self._tree.at(row)

    def row_of(self, anchor: Hashable) -> int | None:
        """Return the row of an anchor now, or None if its entry is gone."""
        return self._tree.row_of(anchor)

    # -- rows ---------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._outline)

    def key(self, index: int) -> Hashable:
        """Return identity and revision of a row; for running things also the duration shown."""
        node, sub = self._tree.at(index)
        item = node.item
        if sub:
            return (node, sub, self.cells, _error_text(node), node in self._errors)
        if isinstance(item, RunState):
            return (node, item.rev, item.phase, node.open, duration(run_seconds(item, self.now)), self._is_now(node))
        if isinstance(item, FanOut):
            seconds = duration(item.seconds(self.now))
            return (node, item.look(), node.open, seconds, _step(node, item), self._is_now(node))
        if not isinstance(item, TaskView):
            here = self._here(node)
            return (node, here) if here else node
        shown = duration(lines.task_seconds(item, self.now))
        return (node, item.rev, item.status, shown, _step(node, item), self._fold(node, item), self._is_now(node))

    def line(self, index: int, width: int) -> Line:
        node, sub = self._tree.at(index)
        item = node.item
        if sub:
            return self._error_line(node, sub)
        if isinstance(item, RunState):
            return lines.run_line(item, self.signs, self.now, node.open, is_now=self._is_now(node))
        depth = max(0, node.depth - 1)
        if isinstance(item, Note):
            return lines.note_line(item, self.signs, depth=depth, cells=width, here=self._here(node))
        if isinstance(item, CheckpointMark):
            return lines.mark_line(item, self.signs, cells=width)
        if item is None or isinstance(item, EarlierPage | OpenedPage):
            return ()
        if isinstance(item, FanOut):
            step, is_now = _step(node, item), self._is_now(node)
            return item.line(
                self.signs, self.now, step=step, depth=depth, cells=width, is_open=node.open, is_now=is_now
            )
        return lines.task_line(
            item, self.signs, self.now, step=_step(node, item), depth=depth, cells=width,
            fold=self._fold(node, item), label=_label(node, item), is_now=self._is_now(node),
        )  # fmt: skip

    def text(self, index: int) -> str:
        """Return a row's text: a task's with its superstep and the path of its node."""
        node, sub = self._tree.at(index)
        task = node.item
        if not sub and isinstance(task, FanOut):
            return f"{_number(task)}{task.text(self.signs)}"
        if sub or not isinstance(task, TaskView):
            return plain(self.line(index, 400))
        sign, _ = task_sign(task.status, self.signs)
        facts = plain(lines.task_facts(task, self.signs, is_now=self._is_now(node)))
        name, label = lines.head(node_path(task.ns, task.name)), _label(node, task)
        return f"{_number(task)}{sign} {name} {label + ' ' if label else ''}{facts}".rstrip()

    def _error_line(self, node: OutlineNode[Item], sub: int) -> Line:
        expanded = self._errors.get(node)
        if expanded is None:
            return (Span(f"  {self.signs.closed} ", "muted"), Span(lines.head(_error_text(node)), "err"))
        return (Span(" " * (_INDENT - 2)), Span(f"{self.signs.bar} ", "err"), Span(expanded[1][sub - 1], "err"))

    def _here(self, node: OutlineNode[Item]) -> tuple[str, ...]:
        """Return where the thread is paused, if this is the row that says so."""
        is_mark = isinstance(node.item, Note) and node.item.kind == "paused"
        return self._paused if is_mark and node.parent is not None and node.parent.item is self._newest else ()

    def _is_now(self, node: OutlineNode[Item]) -> bool:
        """Whether what paused or asked there still waits: in the newest run, unless the thread went on since."""
        run, newest = self._tree.run(node), self._newest
        if run is None or newest is None:
            return False
        if run is newest:
            return bool(self._paused) or run.phase.is_live
        # A run that came to nothing since leaves the question open.
        return not (newest.phase.is_paused or newest.phase.is_live) and not self._asked.isdisjoint(run.interrupts)

    def _fold(self, node: OutlineNode[Item], task: TaskView) -> str:
        if task.error:
            return f"{self.signs.open if node in self._errors else self.signs.closed} "
        return f"{self.signs.closed} " if node.children and not node.open else ""


def _label(node: OutlineNode[Item], task: TaskView) -> str:
    """Return what tells a folded task from its siblings."""
    above = node.parent.item if node.parent is not None else None
    return above.label(task, node.slot) if isinstance(above, FanOut) else ""


def _number(task: TaskView | FanOut) -> str:
    return "" if task.step is None else f"{task.step} "


def _step(node: OutlineNode[Item], task: TaskView | FanOut) -> str:
    """Return the superstep's number, but only in the row of its first task."""
    if task.step is None or node.parent is None or isinstance(node.parent.item, FanOut):
        return ""
    siblings = node.parent.children
    for slot in range(node.slot - 1, max(-1, node.slot - 1 - _LOOK_BACK), -1):
        before = siblings[slot].item
        if isinstance(before, TaskView | FanOut):
            return "" if before.step == task.step else str(task.step)
    return str(task.step)


def _error_text(node: OutlineNode[Item]) -> str:
    item = node.item
    if isinstance(item, RunState):
        return f"{item.error.kind}: {item.error.message}" if item.error else ""
    return item.error if isinstance(item, TaskView) else ""
