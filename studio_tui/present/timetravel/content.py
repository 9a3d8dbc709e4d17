"""What a checkpoint brought, on one line: what nodes wrote that led to it, the user's input, what an edit changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import islice

from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.ids import CheckpointId, RunId
from studio_tui.domain.message.read import flat_message, is_message, message_of
from studio_tui.domain.run import GIVEN_BACK, RunState
from studio_tui.jsonkit.value import Json, as_object, is_list, is_object
from studio_tui.present.kit.signs import made_words
from studio_tui.present.kit.written import message_words, told_value, written
from studio_tui.text.fmt import plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

_KEPT = 1_000
"""Checkpoints whose content stays read."""
_TASKS = 4
"""Tasks of one superstep that are told."""
_CHANGES = 6
_SPANS = 40
"""Spans of one line: no row shows more."""

_Known = tuple[tuple[int, int, int, str], Line]
"""What a line was made of, by identity, so that nothing large is held: a checkpoint never brings anything else than it
did, so one that is taken for another, whose memory it has, does no harm."""


class Contents:
    """Read for rows in sight, from the checkpoints as far as they have their values, else from the runs' tasks."""

    def __init__(self) -> None:
        self._known: OrderedDict[CheckpointId, _Known] = OrderedDict()
        self._runs: Sequence[RunState] = ()
        self._by_id: dict[RunId, RunState] = {}

    def clear(self) -> None:
        self._known.clear()

    def take_runs(self, runs: Sequence[RunState]) -> None:
        """The runs whose tasks may tell what checkpoints do not any more."""
        if len(runs) != len(self._runs) or any(a is not b for a, b in zip(runs, self._runs, strict=True)):
            self._runs = tuple(runs)
            self._by_id = {run.run_id: run for run in runs if run.run_id is not None}

    def of(self, key: CheckpointId, item: Checkpoint, parent: Checkpoint | None, signs: Glyphs) -> Line:
        """Return what checkpoint `key` brought; what was once read stays, although its values are given back."""
        run = self._by_id.get(item.run_id) if item.run_id is not None else None
        known = self._known.get(key)
        made_of = (id(item), id(parent), id(run), signs.bar)
        if known is not None and known[0] == made_of:
            return known[1]
        line = content_of(item, parent, run, signs)
        if not line and known is not None:
            line = known[1]
        self._known[key] = (made_of, line)
        self._known.move_to_end(key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return line


def content_of(item: Checkpoint, parent: Checkpoint | None, run: RunState | None, signs: Glyphs) -> Line:
    """Return what a checkpoint brought; `run` is the one that made it. Empty where nothing tells."""
    if item.source == "input":
        line = _wrote(item.tasks, None, run, signs)
        given = run.request.get("input") if run is not None and not line else None
        return line or (written(given, signs=signs).line[:_SPANS] if given is not None else ())
    if item.source in ("update", "fork"):
        return _changes(item.values, parent.values if parent is not None else None, signs)
    if parent is None:
        return ()
    line = _wrote(parent.tasks, parent.values, run, signs)
    if not line and run is not None and any(task.name == "__start__" for task in parent.tasks):
        given = run.request.get("input")
        return written(given, signs=signs).line[:_SPANS] if given is not None else ()
    if not line:
        writes = as_object(item.metadata.get("writes"))
        parts = [written(value, signs=signs).line for value in islice(writes.values(), _TASKS)]
        return _joined([part for part in parts if part])
    return line


def _wrote(tasks: Sequence[Task], before: Json, run: RunState | None, signs: Glyphs) -> Line:
    result = _reader(run)
    parts: list[Line] = []
    for task in tasks:
        if len(parts) == _TASKS:
            break
        line = written(result(task), before, signs).line
        if line:
            parts.append(line)
    return _joined(parts)


def _joined(parts: Sequence[Line]) -> Line:
    spans: list[Span] = []
    for part in parts:
        if spans:
            spans.append(Span(", ", "muted"))
        spans += part
    return tuple(spans[:_SPANS])


def _reader(run: RunState | None) -> Callable[[Task], Json]:
    def result(task: Task) -> Json:
        if task.result is not None or run is None:
            return task.result
        view = run.tasks.get(task.id)
        if view is None or view.result is None or view.result is GIVEN_BACK:
            return None
        parsed = view.result.is_parsed
        value: Json = view.result.value()
        if not parsed:
            view.result.forget()
        return value

    return result


def _changes(now: Json, then: Json, signs: Glyphs) -> Line:
    """What an edit made of the state before it."""
    if not is_object(now) or not is_object(then):
        return ()
    parts: list[Line] = []
    for key, value in now.items():
        if len(parts) == _CHANGES:
            break
        old = then.get(key)
        if value == old:
            continue
        added = _added(value, old) if is_list(value) and is_list(old) else None
        if added is not None:
            parts += [_item(part, signs) for part in added[:_CHANGES]]
        elif is_list(value) and is_list(old) and len(value) < len(old):
            many = plural(len(old) - len(value), "item")
            parts.append((Span(f"- {clean(key, 60)} ", "diff-del"), Span(f"{many} less", "muted")))
        else:
            sign, role = ("+", "diff-add") if old is None else ("~", "diff-change")
            parts.append((Span(f"{sign}{clean(key, 60)} ", role), *told_value(value, 60)))
    return _joined(parts)


def _added(value: list[Json], old: list[Json]) -> list[Json] | None:
    """What stands behind the items of before, None where that is not all that changed."""
    more = value[len(old) :]
    return more if more and all(a is b or a == b for a, b in zip(value, old, strict=False)) else None


def _item(value: Json, signs: Glyphs) -> Line:
    if is_object(value) and is_message(value):
        message = message_of(flat_message(value))
        role = f"{clean(message.role, 20)} " if message.role == "ai" else ""
        return (Span("+ ", "diff-add"), Span(role, "muted"), *message_words(message, signs))
    return (Span("+ ", "diff-add"), *told_value(value, 60))


def _follows(step: int, parent: Checkpoint | None) -> bool:
    """Whether a fork counts on from what it copies: that is its parent, or (a copy) stands beside it."""
    return parent is not None and parent.step is not None and parent.step in (step - 1, step - 2)


def source_words(item: Checkpoint, parent: Checkpoint | None, signs: Glyphs) -> tuple[str, str]:
    """Return how a row names a checkpoint that no node led to, with its role; empty for others."""
    if item.source == "input":
        return "input", "info"
    step = item.step if item.step is not None and _follows(item.step, parent) else None
    if made := made_words(item.source, step, signs):
        return made, "warn"
    return ("" if item.source in ("loop", "") else clean(item.source[:12])), "muted"
