"""Nodes that wait behind a join edge. Python servers leave them out of `next` and `tasks` of every state they tell
(PROTOCOL §17); what streams told, the thread's row and the drawn edges bring them back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.domain.checkpoint import Checkpoint, History, Interrupt, Task
from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec
from studio_tui.domain.ids import CheckpointId, Namespace, TaskId, namespace_nodes, parse_namespace

_RAN = ("loop", "")
"""Sources of checkpoints that came out of the tasks of their parent."""
_ANYBODY = "?"
"""Stands for the unknown node in whose name somebody edited."""


class Join(Struct, frozen=True):
    """`target` runs once all `sources` have run, each since it ran last."""

    target: str
    sources: frozenset[str]


class Facts(Struct, frozen=True):
    """What is known besides the checkpoints."""

    graph: GraphSpec | None = None
    told: Mapping[CheckpointId, tuple[str, ...]] = field(default_factory=dict)
    """`next` as streams announced it: nothing is hidden there."""
    writers: Mapping[CheckpointId, str] = field(default_factory=dict)
    """In whose name edits were written, as far as it is known here."""
    waits: bool | None = None
    """Whether the thread's row, as new as the head, says that it waits; None where the row tells nothing of it."""
    questions: tuple[Interrupt, ...] = ()
    """What row or stream say that is asked at the head."""


def joins_of(graph: GraphSpec | None, inside: Sequence[str] = ()) -> tuple[Join, ...]:
    """Return what may be joins of the graph, or of the subgraph at the nodes `inside`: several sure edges to one node.

    Drawn edges do not tell a join from single edges; those show in `next`, so that nothing is missing there.
    """
    if graph is None or graph.observed:
        return ()
    prefix = "".join(f"{name}:" for name in inside)
    sources: dict[str, set[str]] = {}
    for edge in graph.edges:
        pair = None if edge.conditional else _local(edge, prefix)
        if pair is not None:
            sources.setdefault(pair[1], set()).add(pair[0])
    return tuple(Join(target, frozenset(found)) for target, found in sources.items() if len(found) > 1)


def _local(edge: EdgeSpec, prefix: str) -> tuple[str, str] | None:
    """The edge between two nodes of one level; None for those elsewhere, into it or out of it."""
    if not (edge.source.startswith(prefix) and edge.target.startswith(prefix)):
        return None
    source, target = (str(end)[len(prefix) :].split(":", 1)[0] for end in (edge.source, edge.target))
    return None if source == target or {source, target} & {START, END} else (source, target)


def reveal(items: Iterable[Checkpoint], facts: Facts, head: CheckpointId | None) -> list[Checkpoint]:
    """Return the checkpoints (of the root graph, any order) with what waits at each; only those that change.

    What was revealed earlier is judged anew, so that this may be called whenever more is known.
    """
    known = {item.checkpoint_id: item for item in items if item.checkpoint_id is not None}
    joins = joins_of(facts.graph)
    continued = {item.parent_id for item in known.values() if item.source in _RAN}
    seen: dict[CheckpointId, dict[str, frozenset[str]]] = {}
    hidden: dict[CheckpointId, tuple[str, ...]] = {}
    changed: list[Checkpoint] = []
    for key in sorted(known):  # time-ordered ids: parents come before their children
        item = known[key]
        plain = concealed(item)
        parent = concealed(known[item.parent_id]) if item.parent_id in known else None
        if joins:
            before = hidden.get(item.parent_id, ()) if item.parent_id is not None else ()
            past = seen.get(item.parent_id, {}) if item.parent_id is not None else {}
            sole = item.parent_id not in continued
            original = copied_from(plain, known.values()) if item.source == "fork" else None
            if original is not None:
                seen[key] = seen.get(original, {})
            else:
                seen[key] = _after(plain, parent, past, before, joins, facts.writers.get(key), sole=sole)
        made = _revealed(plain, facts, _complete(joins, seen.get(key, {})), is_head=key == head)
        hidden[key] = made.hidden
        if made != item:
            changed.append(made)
    return changed


def concealed(item: Checkpoint) -> Checkpoint:
    """Return the checkpoint as the server told it."""
    tasks = item.tasks
    if any(task.hidden or task.subgraph is not None for task in tasks):
        tasks = tuple(_concealed_task(task) for task in tasks if not task.hidden)
    if not item.hidden and not item.unnamed and tasks == item.tasks:
        return item
    told = tuple(name for name in item.next if name not in item.hidden)
    return replace(item, next=told, tasks=tasks, hidden=(), inferred=False, unnamed=False)


def _concealed_task(task: Task) -> Task:
    inner = concealed(task.subgraph) if task.subgraph is not None else None
    return task if inner is task.subgraph else replace(task, subgraph=inner)


def hidden_as(item: Checkpoint, known: Checkpoint | None) -> Checkpoint:
    """Return the checkpoint with the hidden nodes that another copy of it shows."""
    if known is None or known is item:
        return item
    plain = concealed(item)
    made = tuple(task for task in known.tasks if task.hidden)
    inner = {task.id: task.subgraph for task in known.tasks if task.subgraph is not None and not task.hidden}
    tasks = tuple(replace(task, subgraph=inner.get(task.id, task.subgraph)) for task in plain.tasks)
    return replace(
        plain,
        next=(*plain.next, *known.hidden),
        tasks=(*tasks, *made),
        hidden=known.hidden,
        inferred=known.inferred,
        unnamed=known.unnamed,
    )


def copied_from(fork: Checkpoint, items: Iterable[Checkpoint]) -> CheckpointId | None:
    """What a fork is a copy of: a child of the same parent, one step before it, or that parent itself."""
    before = None if fork.step is None else fork.step - 1
    found = [
        item
        for item in items
        if item.step == before
        and item.checkpoint_id is not None
        and item.checkpoint_id < (fork.checkpoint_id or "")
        and (item.parent_id == fork.parent_id or item.checkpoint_id == fork.parent_id)
    ]
    same = [item for item in found if item.values == fork.values] or found
    return max((item.checkpoint_id for item in same if item.checkpoint_id is not None), default=None)


def led_to(item: Checkpoint, history: History) -> CheckpointId | None:
    """Return the checkpoint before one on the way to it. A copy stands beside what it copies: what led to the one led
    to the other, the last superstep included."""
    copied = copied_from(item, history.items) if item.source == "fork" else None
    return copied or item.parent_id


def _after(
    item: Checkpoint,
    parent: Checkpoint | None,
    past: Mapping[str, frozenset[str]],
    waiting: Sequence[str],
    joins: Sequence[Join],
    writer: str | None,
    *,
    sole: bool,
) -> dict[str, frozenset[str]]:
    """Which sources each join has seen at `item`, after `past` at its parent, where the nodes `waiting` were hidden."""
    found = dict(past)
    if parent is None:
        return found
    if item.source == "input" or writer == END:  # takes back what waited
        for target in waiting:
            found.pop(target, None)
        return found
    if item.source == "update":
        ran = {writer} if writer is not None else _edited_as(parent, sole=sole)
    else:
        ran = {task.name for task in parent.tasks} | set(waiting)
    for join in joins:
        own = frozenset() if join.target in ran and item.source != "update" else found.get(join.target, frozenset())
        fresh = (ran & join.sources) | ({f"{_ANYBODY}{item.checkpoint_id}"} if _ANYBODY in ran else set())
        found[join.target] = own | fresh
    return found


def _edited_as(parent: Checkpoint, *, sole: bool) -> set[str]:
    """The node in whose name an edit was written: its result stands at the parent, if nothing else ran from there."""
    results = [task.name for task in parent.tasks if task.has_result]
    return set(results) if sole and len(results) == 1 else {_ANYBODY}


def _complete(joins: Sequence[Join], seen: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    found: list[str] = []
    for join in joins:
        have = seen.get(join.target, frozenset())
        missing = join.sources - have
        jokers = sum(name.startswith(_ANYBODY) for name in have)
        if len(missing) < len(join.sources) and len(missing) <= jokers:
            found.append(join.target)
    return tuple(found)


def _revealed(item: Checkpoint, facts: Facts, complete: Sequence[str], *, is_head: bool) -> Checkpoint:
    shown = {*item.next, *(task.name for task in item.tasks)}
    told = facts.told.get(item.checkpoint_id) if item.checkpoint_id is not None else None
    if told is not None:
        hidden = tuple(name for name in dict.fromkeys(told) if name not in shown)
        inferred = False
    elif is_head and facts.waits is False:
        hidden, inferred = (), False
    else:
        hidden = tuple(name for name in complete if name not in shown)
        inferred = bool(hidden)
    asked = _unasked(item, facts.questions) if is_head and (hidden or not shown) else ()
    unnamed = is_head and not hidden and not shown and (bool(asked) or (told is None and facts.waits is True))
    tasks = tuple(_inner_revealed(task, facts) for task in item.tasks)
    tasks += _hidden_tasks(item, hidden, asked)
    if not hidden and not unnamed and all(new is old for new, old in zip(tasks, item.tasks, strict=False)):
        return item if len(tasks) == len(item.tasks) else replace(item, tasks=tasks)
    return replace(item, next=(*item.next, *hidden), tasks=tasks, hidden=hidden, inferred=inferred, unnamed=unnamed)


def _unasked(item: Checkpoint, questions: Sequence[Interrupt]) -> tuple[Interrupt, ...]:
    """The questions that the checkpoint does not tell of itself."""
    ids = {str(task.id) for task in item.tasks}
    asked = {question.key for question in item.pending_interrupts}
    names = {question.id for question in item.pending_interrupts if question.id}
    return tuple(
        question
        for question in questions
        if question.key not in asked and question.id not in names and _root_task(question)[1] not in ids
    )


def _root_task(question: Interrupt) -> tuple[str, str]:
    """Name and id of the root graph's task that a question comes from, as far as it says so."""
    if question.ns:
        name, _, identifier = question.ns[0].partition(":")
        return name, identifier
    return question.node, question.task_id or ""


def _hidden_tasks(item: Checkpoint, hidden: Sequence[str], asked: Sequence[Interrupt]) -> tuple[Task, ...]:
    """Tasks that stand for the hidden nodes; a question of nobody known goes to the first of them."""
    nodes = list(hidden) or ([""] if asked else [])
    made: list[Task] = []
    for place, name in enumerate(nodes):
        own = [
            question
            for question in asked
            if _root_task(question)[0] == name or (place == 0 and _root_task(question)[0] not in nodes)
        ]
        identifier = next((found for question in own if (found := _root_task(question)[1])), "")
        task_id = TaskId(identifier or f"{item.checkpoint_id}/{name}")
        interrupts = tuple(
            replace(question, node=question.node or name, task_id=question.task_id or task_id) for question in own
        )
        made.append(Task(task_id, name, interrupts=interrupts, hidden=True))
    return tuple(made)


def _inner_revealed(task: Task, facts: Facts) -> Task:
    """The task with what waits behind a join of the subgraph that it stands in."""
    inner = task.subgraph
    if inner is None or task.has_result or inner.checkpoint_id is None:
        return task  # without a checkpoint it has not begun: servers tell an empty state of it
    if inner.next or inner.tasks:
        tasks = tuple(_inner_revealed(part, facts) for part in inner.tasks)
        same = all(new is old for new, old in zip(tasks, inner.tasks, strict=True))
        return task if same else replace(task, subgraph=replace(inner, tasks=tasks))
    told = facts.told.get(inner.checkpoint_id)
    ns = _inner_namespace(task, inner)
    if told is None:
        found = joins_of(facts.graph, namespace_nodes(ns))
        told = (found[0].target,) if len(found) == 1 else ()
        inferred = True
    else:
        inferred = False
    if not told:
        return task
    tasks = tuple(
        Task(
            TaskId(f"{inner.checkpoint_id}/{name}"),
            name,
            interrupts=tuple(replace(item, node=name, ns=ns) for item in task.interrupts) if name == told[0] else (),
            hidden=True,
        )
        for name in told
    )
    waiting = replace(inner, next=told, tasks=tasks, hidden=told, inferred=inferred)
    return replace(task, subgraph=waiting)


def waits_unnamed(head: Checkpoint) -> bool:
    """Tell whether the thread is inside a subgraph whose next node no state and no edge known so far tells."""
    inner = [task.subgraph for task in head.tasks if task.subgraph is not None and not task.has_result]
    begun = [state for state in inner if state.checkpoint_id is not None]
    return any(not (state.next or state.tasks) or waits_unnamed(state) for state in begun)


def _inner_namespace(task: Task, inner: Checkpoint) -> Namespace:
    """The namespace that a task's subgraph runs in."""
    return inner.ns or parse_namespace(task.subgraph_ns) or (f"{task.name}:{task.id}",)
