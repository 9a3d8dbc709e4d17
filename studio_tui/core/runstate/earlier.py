"""What a long run did earlier: its ended tasks and notes, by pages in an unnamed temporary file.

In memory stay counts, where a page begins, and filters of ids (`page_ids`); so a run costs no more after a million
events than after ten thousand. A page holds whole supersteps: what comes later belongs under none of its tasks.
A task that something is told of later stays in memory from then on, and its page shows that one.
"""

from __future__ import annotations

import marshal
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import astuple

from studio_tui.core.runstate.earlier_marks import EarlierMarks
from studio_tui.core.runstate.visits import Visits, moment_of
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import ROOT, CheckpointId, Namespace, NodeId, TaskId, node_path
from studio_tui.domain.message.message import Usage
from studio_tui.domain.run import Note, RunState, TaskStatus, TaskView
from studio_tui.jsonkit.lazy import LazyJson, TextSource

if TYPE_CHECKING:
    from studio_tui.core.runstate.page_ids import PageIds
    from studio_tui.core.state.unnamed_file import UnnamedFile

Entry = TaskView | Note

_PAGES_READ = 8
"""Pages that stay in memory after they were read."""
_OBSERVED = 2_000
"""Successions of supersteps that are remembered for the picture of what was observed."""
_TOGETHER = 16
"""Tasks among which those of the first superstep are."""
_STATUS = {status.value: status for status in TaskStatus}
_STATUS_AT, _INPUT_AT, _RESULT_AT, _INTERRUPTS_AT, _USAGE_AT = map(
    TaskView.__struct_fields__.index, ("status", "input", "result", "interrupts", "usage")
)
"""Where in a packed task stand the fields that are no plain values."""


class EarlierEntries(Struct, eq=False):
    """Ended entries of one run that are not in its `tasks` and `timeline` any more, oldest first."""

    source: TextSource
    """Holds the texts of inputs and results."""
    _file: UnnamedFile
    _ids: PageIds
    marks: EarlierMarks
    """The checkpoints that the run passed earlier."""
    entries: int = 0
    tasks: int = 0
    failed: int = 0
    """Tasks among them that ended with an error."""
    of_following: list[Note] = field(default_factory=list)
    """Notes of how the run was followed, which are few: they are in their pages as well."""
    visits: dict[NodeId, Visits] = field(default_factory=dict)
    observed: list[TaskView | None] = field(default_factory=list)
    """Tasks of each succession of supersteps that was seen, None between those that did not follow each other."""
    last_step: list[TaskView] = field(default_factory=list)
    """The tasks of the newest superstep."""
    revised: dict[TaskId, TaskView] = field(default_factory=dict)
    """Tasks that something was told of, or that were asked for, since."""
    closed: bool = False
    """Whether inputs and results are not kept any more."""
    problem: str = ""
    """Why nothing more can be put here."""
    _starts: array[int] = field(default_factory=lambda: array("Q"))
    """Where each page begins in the file, and its bytes."""
    _sizes: array[int] = field(default_factory=lambda: array("Q"))
    _under: list[TaskId | None] = field(default_factory=list)
    """Of each page what `under` tells, `first`, and `held_before`."""
    _firsts: array[int] = field(default_factory=lambda: array("Q"))
    _held: array[int] = field(default_factory=lambda: array("Q"))
    _read: OrderedDict[int, list[Entry]] = field(default_factory=OrderedDict)
    """Pages that were read or put last, by their number."""
    _seen: set[tuple[object, ...]] = field(default_factory=set)
    """Successions that are among `observed`."""

    @property
    def mark_count(self) -> int:
        return self.marks.count

    @property
    def newest_mark(self) -> CheckpointId | None:
        return self.marks.newest

    @property
    def pages(self) -> int:
        return len(self._under)

    def under(self, page: int) -> TaskId | None:
        """The task whose subgraph a page is about, None for the run's own graph."""
        return self._under[page]

    def first(self, page: int) -> int:
        """How many entries the pages before one hold."""
        return self._firsts[page] if page < len(self._firsts) else self.entries

    def held_before(self, page: int) -> int:
        """How many entries that stayed in the run's timeline come before a page."""
        return self._held[page]

    @property
    def held(self) -> int:
        """How many entries at the start of the run's timeline come before the newest page, and so stay there."""
        return self._held[-1] if self._held else 0

    def put(self, entries: Sequence[Entry], under: TaskId | None, held: int) -> bool:
        """Take over the next entries, before which `held` stay; False where they cannot be written: see `problem`."""
        try:
            blob = marshal.dumps([_packed(entry) for entry in entries])
            start = self._file.append(blob)
        except (OSError, ValueError) as error:
            self.problem = str(error)
            return False
        page = len(self._under)
        self._starts.append(start)
        self._sizes.append(len(blob))
        self._under.append(under)
        self._firsts.append(self.entries)
        self._held.append(held)
        self.entries += len(entries)
        self._keep(page, list(entries))  # whoever shows them finds the same things
        tasks = [entry for entry in entries if isinstance(entry, TaskView)]
        if len(tasks) < len(entries):
            notes = (entry for entry in entries if isinstance(entry, Note))
            self.of_following.extend(note for note in notes if note.of_following)
        self._ids.add([task.id for task in tasks], page)
        self._count(tasks)
        self._observe(tasks)
        return True

    def page(self, number: int) -> list[Entry]:
        """Read a page; what cannot be read says so."""
        known = self._read.get(number)
        if known is None:
            known = self._load(number)
        self._keep(number, known)
        return known

    def _keep(self, number: int, entries: list[Entry]) -> None:
        self._read[number] = entries
        self._read.move_to_end(number)
        while len(self._read) > _PAGES_READ:
            self._read.popitem(last=False)

    def find(self, task_id: TaskId) -> TaskView | None:
        """The task with this id, which is kept from now on; None if it was never here."""
        if not self._ids.may_have(task_id):
            return None
        known = self.revised.get(task_id)
        for page in self._ids.pages_of(task_id) if known is None else ():
            for entry in self.page(page):
                if isinstance(entry, TaskView) and entry.id == task_id:
                    self.revised[task_id] = entry
                    return entry
        return known

    def close(self) -> None:
        """Inputs and results are not kept any more."""
        self.closed = True
        self._read.clear()

    # -- pages --------------------------------------------------------------------------------------------------

    def _load(self, number: int) -> list[Entry]:
        try:
            packed = marshal.loads(self._file.read(self._starts[number], self._sizes[number]))
        except (OSError, EOFError, ValueError, TypeError) as error:
            words = f"what the run did here cannot be read back from the temporary file: {error}"
            return [Note("error", words, 0.0)]
        source = None if self.closed else self.source
        entries = [_unpacked(item, source) for item in packed]
        if self.revised:
            return [self.revised.get(item.id, item) if isinstance(item, TaskView) else item for item in entries]
        return entries

    # -- counts -------------------------------------------------------------------------------------------------

    def _count(self, tasks: list[TaskView]) -> None:
        self.tasks += len(tasks)
        by_id = {task.id: task for task in tasks}
        for task in tasks:
            if task.status is TaskStatus.ERROR:
                self.failed += 1
            node = node_path(task.ns, task.name) if task.ns else NodeId(task.name)
            visits = self.visits.get(node)
            if visits is None:
                visits = self.visits[node] = Visits()
            visits.add(task, moment_of(task, by_id.get))

    def _observe(self, tasks: list[TaskView]) -> None:
        """Remember which nodes ran in the superstep after which, each succession once."""
        if not tasks or len(self.observed) > _OBSERVED:
            return
        if not self.observed:
            begun = tasks[0].step
            self.observed.extend(_bare(task) for task in tasks[:1] if begun is None)
            self.observed.extend(_bare(task) for task in tasks[:_TOGETHER] if begun is not None and task.step == begun)
        before: dict[Namespace, Sequence[TaskView]] = {}
        steps: dict[Namespace, list[TaskView]] = {ROOT: self.last_step} if self.last_step else {}
        for task in tasks:
            ns, name = task.ns, task.name
            group = steps.get(ns)
            if group is None or (group and (task.step is None or group[0].step != task.step)):
                if group:
                    before[ns] = group
                steps[ns] = [task]
            elif any(name == other.name for other in group):
                continue
            else:
                group.append(task)
            self._succeed(before.get(ns, ()), task)
        self.last_step = [_bare(task) for task in steps.get(ROOT, [])]

    def _succeed(self, group: Sequence[TaskView], task: TaskView) -> None:
        node = node_path(task.ns, task.name) if task.ns else task.name
        key = (node, group[0].name) if len(group) == 1 else (node, *[other.name for other in group])
        if key not in self._seen:
            self._seen.add(key)
            self.observed.extend((None, *map(_bare, group), _bare(task)))


def _bare(task: TaskView) -> TaskView:
    return TaskView(task.id, task.name, task.ns, task.step, task.status)


def _packed(entry: Entry) -> Sequence[Any]:
    if isinstance(entry, Note):
        payload = None if entry.payload is None else entry.payload.place()
        return (entry.kind, entry.text, entry.at, entry.ns, payload)
    given, made, asked, spent = entry.input, entry.result, entry.interrupts, entry.usage
    status: str = entry.status._value_
    return (
        entry.id, entry.name, entry.ns, entry.step, status, entry.started_at, entry.ended_at,
        None if given is None else given.place(), None if made is None else made.place(),
        entry.keys, entry.error, entry.triggers,
        tuple([astuple(item) for item in asked]) if asked else (), None if spent is None else astuple(spent),
        entry.chunk_count, entry.derived, entry.between_checkpoints, entry.server_started_at, entry.rev,
    )  # fmt: skip


def _unpacked(packed: Sequence[Any], source: TextSource | None) -> Entry:
    if len(packed) == len(Note.__struct_fields__):
        kind, text, at, ns, payload = packed
        return Note(kind, text, at, ns, _unpacked_json(payload, source))
    fields = list(packed)
    fields[_STATUS_AT] = _STATUS[fields[_STATUS_AT]]
    fields[_INPUT_AT] = _unpacked_json(fields[_INPUT_AT], source)
    fields[_RESULT_AT] = _unpacked_json(fields[_RESULT_AT], source)
    fields[_INTERRUPTS_AT] = tuple(Interrupt(*item) for item in fields[_INTERRUPTS_AT])
    if fields[_USAGE_AT] is not None:
        fields[_USAGE_AT] = Usage(*fields[_USAGE_AT])
    return TaskView(*fields)


def _unpacked_json(place: Any, source: TextSource | None) -> LazyJson | None:
    return None if place is None else LazyJson.at(place, source)


def earlier_of(run: RunState) -> EarlierEntries | None:
    """What the run did that is not in its `tasks` and `timeline` any more."""
    return run.earlier if isinstance(run.earlier, EarlierEntries) else None
