"""The node inspector: everything that is known of one node, as a page of sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from studio_tui.core.runstate.error_text import error_text
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.graph import END, START, GraphSpec
from studio_tui.domain.ids import CheckpointId, NodeId
from studio_tui.domain.message.read import message_of, written_messages
from studio_tui.domain.run import GIVEN_BACK, RunState, TaskStatus, TaskView
from studio_tui.graphs.topology.spec import is_end
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.show import preview
from studio_tui.jsonkit.value import Json
from studio_tui.present.graph.equivalent import member_lines
from studio_tui.present.graph.mark import IDLE, NodeMark
from studio_tui.present.graph.node_facts import (
    config_section,
    edges_section,
    fact,
    metadata_section,
    node_section,
    schema_sections,
    tools_section,
)
from studio_tui.present.graph.node_visit import Known, NodeVisits, Visit, has_earlier, input_of, output_of
from studio_tui.present.graph.overlay import Overlay
from studio_tui.present.graph.read_in_part import is_read_in_part
from studio_tui.present.graph.source import GraphSource
from studio_tui.present.kit.sections import Entry, Section
from studio_tui.present.kit.signs import phase_word, task_sign
from studio_tui.text.fmt import clock, count, duration, plural, short_id, size
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span

_ERROR_LINES = 400
_SELDOM = 100
"""Edges are looked for again when a hundredth more tasks have run."""
_MOST_TASKS, _FEW_TASKS = 100, 8
"""Tasks of one superstep that are listed, and those that are without being asked for."""
_TOOL_TASKS = 50
"""Newest tasks of the node in which tool calls are looked for, and characters of one."""
_TOOL_CHARS = 64 * 1024
_STATUS_WORDS = {
    TaskStatus.DONE: "done",
    TaskStatus.CACHED: "done, replayed",
    TaskStatus.ERROR: "failed",
    TaskStatus.INTERRUPTED: "paused",
    TaskStatus.CANCELLED: "stopped",
    TaskStatus.UNKNOWN: "not known how it ended",
}


class NodePage:
    """Makes the page again whenever something changed, at the cost of what is new."""

    def __init__(self, node: NodeId, members: Sequence[NodeId] = ()) -> None:
        """`members`: the nodes of a box that stands for several."""
        self.node = node
        self._given = tuple(members)
        self._source = GraphSource()
        self._seen: tuple[object, int] = ((), 0)
        """For what edges were looked for last, and how many tasks there were."""
        self._overlay = Overlay()
        self._visits = NodeVisits(node)
        self.wanted: CheckpointId | None = None
        """A checkpoint whose values are to be read for the page."""
        self.unparsed: list[LazyJson] = []
        """Long documents that are to be parsed for it."""
        self._entries: dict[object, Entry] = {}
        """Rows of tasks, by all that they show."""
        self._tools: tuple[object, dict[str, tuple[int, int]]] = ((), {})

    def sections(
        self, app_state: AppState, read: Mapping[CheckpointId, Checkpoint | str], signs: Glyphs = UNICODE
    ) -> list[Section]:
        """Return the page; `read` are checkpoints that were read for it, or why that failed (safe text)."""
        self.wanted, self.unparsed = None, []
        self._observe(app_state)
        graph, node = self._source.spec, self.node
        spec = next((item for item in graph.nodes if item.id == node), None)
        inside = [item.id for item in graph.nodes if item.id.startswith(f"{node}:")]
        members = self._given or tuple(item for item in inside if not is_end(item))
        marks = self._overlay.marks(app_state, graph)
        graph_id = app_state.assistant.graph_id if app_state.assistant is not None else ""
        visit = None if self._given else self._visits.last(app_state, graph_id)
        made = [
            node_section(app_state, node, spec, len(members), equivalent=bool(self._given)),
            _members_section(node, members, marks, signs) if members else None,
            *(self._ends(app_state) if is_end(node) else self._did(app_state, marks, visit, read, signs)),
            _common_edges(graph, self._given) if self._given else edges_section(graph, node, inside or (node,)),
            tools_section(spec, self._seen_tools(visit)),
            None if is_end(node) else config_section(app_state, (node, *members)),
            *schema_sections(app_state, node, is_subgraph=bool(members) and not self._given),
            metadata_section(spec),
        ]
        return [section for section in made if section is not None]

    def _observe(self, app_state: AppState) -> None:
        """Look for edges that runs took; in a long run under way not again for each task, as all are gone through."""
        runs = app_state.runs
        seen = (app_state.shown_graph, app_state.thread_id, len(runs), runs[-1].phase if runs else None)
        tasks = sum(run.task_count for run in runs)
        if seen != self._seen[0] or tasks < self._seen[1] or tasks - self._seen[1] > self._seen[1] // _SELDOM:
            self._seen = (seen, tasks)
            self._source.take(app_state, observing=True)

    # -- what ran -----------------------------------------------------------------------------------------------

    def _did(
        self,
        app_state: AppState,
        marks: Mapping[NodeId, NodeMark],
        visit: Visit | None,
        read: Mapping[CheckpointId, Checkpoint | str],
        signs: Glyphs,
    ) -> Iterator[Section]:
        mark = marks.get(self.node, IDLE)
        turn = _turn(mark)
        if visit is None:
            if self._given:
                return  # its nodes have their own
            why, is_sure = _why_never(app_state, self.node)
            turn = turn if is_sure or mark.visits or mark.status != "idle" else "not known"
            yield Section("Last visit", (fact("this turn", turn), Entry((Span(why, "muted"),))))
            return
        task = visit.task
        yield Section(
            "Last visit", (fact("this turn", turn), *_facts(visit, app_state, mark)), note=_status(task, signs)
        )
        if task.error:
            lines = clean_block(error_text(task.error).whole).split("\n")
            said = [Entry((Span(line, "err"),), value=task.error) for line in lines[:_ERROR_LINES]]
            more = [Entry((Span(f"… {plural(len(lines) - _ERROR_LINES, 'more line')}", "muted"),))]
            yield Section("Error", (*said, *(more if len(lines) > _ERROR_LINES else [])))
        checkpoints = {key: item for key, item in read.items() if isinstance(item, Checkpoint)}
        failed = {key: item for key, item in read.items() if isinstance(item, str)}
        yield self._payload("Input", input_of(visit, checkpoints), failed)
        nothing = {TaskStatus.INTERRUPTED: "nothing yet: it waits", TaskStatus.ERROR: "nothing: it failed"}
        output = output_of(visit, checkpoints, app_state.history)
        yield self._payload("Output", output, failed, nothing.get(task.status, "nothing"))
        if len(visit.together) > 1:
            yield self._tasks(visit, signs)
        if task.interrupts:
            yield Section("Asks", value=[item.value for item in task.interrupts[:20]])

    def _payload(self, title: str, known: Known, failed: Mapping[CheckpointId, str], nothing: str = "empty") -> Section:
        if known.wanted is not None and known.wanted in failed:
            known = Known("unknown", failed[known.wanted])
        if known.wanted is not None:
            self.wanted = known.wanted
            return Section(title, (Entry((Span("reading its checkpoint …", "muted"),)),))
        if known.value is None:
            return Section(title, (Entry((Span(f"Not known: {known.said}.", "muted"),)),))
        if known.value.is_slow:
            self.unparsed.append(known.value)
            return Section(title, (Entry((Span(f"reading {size(known.value.size)} …", "muted"),)),))
        note: Line = ()
        if known.truth == "inferred":
            note = (Span(f"inferred: {known.said}", "warn"),)
        elif known.said:
            note = (Span(known.said, "muted"),)
        value: Json = known.value.value()
        if value is None or value in ({}, []):
            return Section(title, (Entry((Span(nothing, "muted"),)),), note=note)
        return Section(title, value=value, note=note)

    def _ends(self, app_state: AppState) -> Iterator[Section]:
        """What went into the graph at its start, what stood at its end; of subgraphs nobody tells."""
        if self.node == START:
            run = _run_shown(app_state)
            if run is not None and "input" in run.request and run.request["input"] is not None:
                number = app_state.runs.index(run) + 1
                note = (Span(f"of run {number}, as it was sent", "muted"),)
                yield Section("Input", value=run.request["input"], note=note)
        elif self.node == END:
            state = app_state.state
            if state is not None and not state.is_unfinished and state.values is not None:
                step = f", step {state.step}" if state.step is not None else ""
                yield Section("State at the end", value=state.values, note=(Span(f"whole{step}", "muted"),))

    def _tasks(self, visit: Visit, signs: Glyphs) -> Section:
        """Return the tasks of the node that ran in one superstep; those that have not changed are not read again."""
        known, self._entries = self._entries, {}
        for number, task in enumerate(visit.together[:_MOST_TASKS], 1):
            key = (task.id, task.rev, task.status, number)
            self._entries[key] = known.get(key) or _task_entry(number, task, signs)
        left = len(visit.together) - _MOST_TASKS
        more = [Entry((Span(f"… {plural(left, 'more task')}; the timeline has them", "muted"),))] if left > 0 else []
        folded = len(visit.together) > _FEW_TASKS
        return Section("Tasks of that step", (*self._entries.values(), *more), folded=folded)

    def _seen_tools(self, visit: Visit | None) -> dict[str, tuple[int, int]]:
        """Count the tool calls and answers in what the node's newest tasks of a run wrote."""
        if visit is None:
            return {}
        run, task = visit.run, visit.task
        key = (id(run), task.id, task.rev)
        if self._tools[0] == key:
            return self._tools[1]
        found: dict[str, tuple[int, int]] = {}
        last = task.step if task.step is not None else float("inf")
        own = (item for item in reversed(run.tasks.values()) if item.name == task.name and _same_place(item, task))
        own = (item for item in own if (item.step or 0) <= last)
        for item in islice(own, _TOOL_TASKS):
            for message in map(message_of, written_messages(_small(item.result))):
                for call in message.tool_calls:
                    called, answered = found.get(call.name, (0, 0))
                    found[call.name] = (called + 1, answered)
                if message.role == "tool" and message.name:
                    called, answered = found.get(message.name, (0, 0))
                    found[message.name] = (called, answered + 1)
        self._tools = (key, dict(islice((item for item in found.items() if item[0]), 60)))
        return self._tools[1]


def _task_entry(number: int, task: TaskView, signs: Glyphs) -> Entry:
    """Return a row of one of several tasks, its input and output behind it."""
    sign, role = task_sign(task.status, signs)
    given = _small(task.input)
    what = error_text(task.error).first_line if task.error else ""
    lead = (
        Span(f"{number:>3} ", "muted"),
        Span(f"{sign} ", role),
        Span(f"{duration(task.duration):>6}  ", "muted"),
        *((Span(clean(what, 200), "err"),) if what else preview(given, 80) if given is not None else ()),
    )
    told: dict[str, Json] = {"input": given, "output": _small(task.result)}
    return Entry(lead, value={**told, "error": task.error} if task.error else told)


def _same_place(one: TaskView, other: TaskView) -> bool:
    return [part.partition(":")[0] for part in one.ns] == [part.partition(":")[0] for part in other.ns]


def _small(document: LazyJson | None) -> Json:
    """Return a document's value; None where it is not kept, or too large to be looked through."""
    if document is None or document is GIVEN_BACK:
        return None
    was_parsed = document.is_parsed
    if not was_parsed and document.size > _TOOL_CHARS:
        return None
    value: Json = document.value()
    if not was_parsed:
        document.forget()
    return value


def _members_section(
    node: NodeId, members: Sequence[NodeId], marks: Mapping[NodeId, NodeMark], signs: Glyphs
) -> Section:
    names = [clean(member.removeprefix(f"{node}:")) for member in members]
    lines = member_lines(names, [marks.get(member, IDLE) for member in members], signs)
    entries = (Entry(line, leads_to=member) for line, member in zip(lines, members, strict=True))
    return Section("Nodes in it", tuple(entries))


def _common_edges(graph: GraphSpec, members: Sequence[NodeId]) -> Section:
    """Return the edges that each of several nodes has; those among them are told as that."""
    first, others = members[0], frozenset(members)
    kept = tuple(edge for edge in graph.edges if not {edge.source, edge.target} <= others)
    section = edges_section(GraphSpec(graph.nodes, kept), first, (first,))
    among = (fact("to", "each other"),) if len(kept) < len(graph.edges) else ()
    return Section("Edges of each", (*section.entries, *among))


def _turn(mark: NodeMark) -> str:
    """Say what the node did of the turn that is shown."""
    if not mark.visits:
        said = {"queued": "comes next", "next": "comes next", "paused": mark.word}.get(mark.status, "no visit")
    else:
        said = f"{'at least ' if mark.in_part else ''}{plural(mark.visits, 'visit')}"
        if mark.in_part:
            said += ", as far as its history is read"
        elif mark.total is not None:
            which = "in those that tell their time" if mark.total_at_least else "in all"
            said += f", {'at most ' if mark.total_at_most else ''}{duration(mark.total)} {which}"
    if mark.here and mark.visits:
        said += f", {mark.word}"
    if mark.here and mark.inferred:
        said += " (inferred)"
    return said


def _why_never(app_state: AppState, node: NodeId) -> tuple[str, bool]:
    """Say why nothing is known of a visit, and whether it is sure that there was none."""
    if not app_state.runs:
        return "Nothing ran yet on this thread." if app_state.thread_id else "No thread is open: nothing ran yet.", True
    if has_earlier(app_state, node) and app_state.cursor is None:
        return "It ran so long ago that only the timeline still has it.", True
    if ":" in node and any(run.from_history for run in app_state.runs):
        return "No run that was followed here ran it; the thread's checkpoints do not tell of subgraphs.", False
    where = "on the way to this checkpoint" if app_state.cursor is not None else "on this thread"
    if is_read_in_part(app_state):
        return (
            "Not known: only the newest part of this turn is read; the history reads on where it is scrolled down.",
            False,
        )
    known = app_state.history.complete or app_state.history.reaches_the_first
    return f"It did not run {where}{'.' if known else ', as far as its history is read.'}", True


def _status(task: TaskView, signs: Glyphs) -> Line:
    sign, role = task_sign(task.status, signs)
    asks = task.status is TaskStatus.INTERRUPTED and task.interrupts
    word = "asks" if asks else _STATUS_WORDS.get(task.status, task.status.value)
    return (Span(f"{sign} ", role), Span(word, role))


def _facts(visit: Visit, app_state: AppState, mark: NodeMark) -> Iterator[Entry]:
    task, run = visit.task, visit.run
    step = f", step {task.step}" if task.step is not None else ""
    phase = phase_word(run, is_now=app_state.cursor is None, is_short=True)
    which = f"{clean(short_id(run.run_id))}, " if run.run_id is not None else ""
    where = f"{which}{visit.number} of {count(len(app_state.runs))}{step}"
    yield fact("run", where, "value", Span(f"  {phase}", "muted"))
    if visit.elsewhere:
        yield fact("branch", "another one: it did not lead to what is shown", "warn")
    together = max(len(visit.together), mark.together)
    if together > 1:
        failed = sum(one.status is TaskStatus.ERROR for one in visit.together)
        running = sum(one.status is TaskStatus.RUNNING for one in visit.together)
        parts = [f"{count(together)} of that step"]
        parts += [f"{failed} failed"] if failed else []
        parts += [f"{running} running"] if running else []
        yield fact("together", f"{', '.join(parts)}; one is shown")
    yield fact("started", clock(task.started_at))
    if task.status is not TaskStatus.RUNNING:
        yield fact("took", _took(visit, mark, together))
    if task.triggers:
        yield fact("triggered by", ", ".join(clean(name, 200) for name in task.triggers[:20]))
    if task.keys:
        yield fact("wrote", ", ".join(clean(key, 200) for key in task.keys[:40]))
    if task.ns:
        yield fact("inside", " / ".join(clean(part.partition(":")[0], 200) for part in task.ns))


def _took(visit: Visit, mark: NodeMark, together: int) -> str:
    """Say how long the visit took as the graph does: the longest of its tasks, in all runs that went on with it."""
    task = visit.task
    own = f"{'at most ' if task.between_checkpoints and task.duration is not None else ''}{duration(task.duration)}"
    if not mark.visits or mark.seconds is None or mark.status in ("running", "paused", "unknown"):
        return own
    whole = f"{'at most ' if mark.at_most else ''}{duration(mark.seconds)}"
    if together > 1:
        return f"{whole}, the longest of {count(together)}; this one {own}"
    return whole if whole == own else f"{whole}, of which {own} in this run"


def _run_shown(app_state: AppState) -> RunState | None:
    """The run whose input the start took in last, up to the moment that is shown."""
    runs = app_state.runs
    if app_state.cursor is not None:
        shown = app_state.history.by_id.get(app_state.cursor)
        wanted = shown.run_id if shown is not None else None
        runs = runs[: next((at + 1 for at, run in enumerate(runs) if run.run_id == wanted), 0)]
    return next((run for run in reversed(runs) if run.request.get("input") is not None), None)
