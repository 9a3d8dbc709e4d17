"""What the time machine says in words: what will execute, what an edit loses, how a thread moved on. Pure."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence

from studio_tui.core.timetravel.successors import GraphLevel
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.graph import END, START
from studio_tui.domain.thread_position import INFERRED
from studio_tui.text.fmt import age, id_start, short_id
from studio_tui.text.sanitize import clean

_FARTHEST = 12
"""Nodes of a path that are named."""


def will_execute(
    checkpoint: Checkpoint, level: GraphLevel | None, *, asks_again: bool | None = True, stops: Collection[str] = ()
) -> str:
    """Say what a run from a checkpoint executes. `stops`: nodes with a breakpoint before them, or `*`.

    Servers stop at none of the tasks with which a run goes on, or it could not leave the breakpoint it stands at.
    """
    if checkpoint.unnamed:
        return "Something waits here; the server does not name it."
    if not checkpoint.next:
        return "Nothing would run: the graph had finished at this checkpoint."
    # Tasks that have finished beside a waiting one are not in `next`, but a run from here starts them again.
    following = tuple(task.name for task in checkpoint.tasks) or checkpoint.next
    sentences = [f"Will run: {path_text(following, level)}."]
    if checkpoint.inferred:
        verb = "is" if len(checkpoint.hidden) == 1 else "are"
        sentences.append(f"{listed(checkpoint.hidden)} {verb} inferred from the graph; the server does not name it.")
    drawn = level.subgraphs if level is not None else ()
    subgraphs = [name for name in dict.fromkeys(following) if name in drawn or _runs_subgraph(name, checkpoint)]
    if subgraphs:
        verb = "restarts from its" if len(subgraphs) == 1 else "restart from their"
        sentences.append(f"{listed(subgraphs, 'Subgraph', 'Subgraphs')} {verb} beginning.")
    asked = {task.name for task in checkpoint.tasks if task.interrupts}
    answered = {task.name for task in checkpoint.tasks if task.interrupts and task.has_result}
    if asked and (asks_again or not answered):
        sentences.append(f"{listed(sorted(asked))} will ask again.")
    elif asked:
        doubt = "On this server" if asks_again is False else "On some servers"
        sentences.append(f"{doubt} {listed(sorted(answered))} gets the old answer again and asks nothing.")
    passed = sorted(set(following) if "*" in stops else set(following) & set(stops))
    passed = [name for name in passed if name != START]
    if passed:
        sentences.append(f"It begins past the breakpoint before {', '.join(map(node_text, passed))}.")
    if any(task.has_result or task.error for task in checkpoint.tasks if task.name != START):
        sentences.append("It ran before; effects repeat.")
    return " ".join(sentences)


def path_text(following: Sequence[str], level: GraphLevel | None) -> str:
    """Return `tools → agent, which decides: tools or end`, as far as the edges are sure."""
    if tuple(following) == (START,):
        first = level.successors(START) if level is not None else None
        if first is None or not first.names:
            return "the input is taken, then the graph starts"
        return f"the input is taken, then {_continued(list(first.names), level)}"
    return _continued(list(following), level)


def _continued(following: list[str], level: GraphLevel | None) -> str:
    text = together(following)
    seen = set(following)
    while level is not None and len(set(following)) == 1 and len(seen) <= _FARTHEST:
        found = level.successors(following[0])
        if found is None or not found.names:
            return text
        if not found.certain:
            if len(found.names) == 1:
                return f"{text} → perhaps {together(found.names)}"
            return f"{text}, which decides: {' or '.join(map(node_text, found.names))}"
        following = list(found.names)
        text += f" → {together(following)}"
        if END in following or seen & set(following):
            return text
        seen.update(following)
    return text


def together(names: Sequence[str]) -> str:
    """Return nodes that run at the same time: `3 × worker + review`."""
    counts = Counter(names)
    return " + ".join(
        node_text(name) if count == 1 else f"{count} × {node_text(name)}" for name, count in counts.items()
    )


def node_text(name: str) -> str:
    """Return a node's name as people read it: `__end__` is `end`."""
    return {"__end__": "end", "__start__": "start"}.get(name, clean(name, 60))


def next_text(following: Sequence[str]) -> str:
    """Return what a checkpoint's `next` means: the nodes, or that the graph has finished."""
    return together(following) if following else "nothing (finished)"


def next_of(checkpoint: Checkpoint) -> str:
    """Return what is next at a checkpoint; nodes that no server named are marked as inferred."""
    if checkpoint.unnamed:
        return "a node that the server does not name"
    if not checkpoint.inferred:
        return next_text(checkpoint.next)
    plain = [name for name in checkpoint.next if name not in checkpoint.hidden]
    parts = [together(plain)] if plain else []
    return " + ".join([*parts, *(f"{node_text(name)}{INFERRED}" for name in checkpoint.hidden)])


def step_text(checkpoint: Checkpoint) -> str:
    """Return `step 3`, where no node led to it `step 3 (fork)`; the id where the server names no step."""
    if checkpoint.step is None:
        return f"checkpoint {short_id(clean(checkpoint.checkpoint_id or ''))}"
    source = f" ({clean(checkpoint.made_by)})" if checkpoint.made_by else ""
    return f"step {checkpoint.step}{source}"


def lost_in_edit(checkpoint: Checkpoint, dropped: Collection[str] = ()) -> list[str]:
    """Say what of a paused superstep an edit (or a copy) does not take over; of nodes `dropped` nothing is to say."""
    tasks = [task for task in checkpoint.tasks if task.name not in dropped]
    done = [task.name for task in tasks if task.has_result and not task.error]
    waiting = [task for task in tasks if not task.has_result and not task.hidden]
    if not waiting:
        return []  # the superstep is over: its writes are in the checkpoint after it
    notes: list[str] = []
    if done:
        verb = "has" if len(done) == 1 else "have"
        again = "it runs" if len(done) == 1 else "they run"
        notes.append(
            f"{listed(done)} {verb} already finished in this superstep: what was written is not taken over, "
            f"{again} again when the thread continues."
        )
    if names := list(dict.fromkeys(task.name for task in waiting if task.interrupts)):
        notes.append(f"The open question of {listed(names)} is asked anew when the thread continues.")
    if names := [task.name for task in waiting if _runs_subgraph(task.name, checkpoint)]:
        verb = "starts" if len(names) == 1 else "start"
        notes.append(f"{listed(names, 'Subgraph', 'Subgraphs')} {verb} from the beginning when the thread continues.")
    return notes


def dropped_by_edit(checkpoint: Checkpoint, as_node: str, following: Sequence[str]) -> list[str]:
    """Say which tasks of a superstep will not run once an edit counts as a node's write: it stands for them all."""
    left = Counter(task.name for task in checkpoint.tasks if not task.hidden and task.name != START)
    left[as_node] -= min(1, left[as_node])
    names = [name for name, number in left.items() if number and name not in following]
    if not names:
        return []
    counted = [name if left[name] == 1 else f"{left[name]} × {name}" for name in names]
    verb = "belongs" if len(names) == 1 and left[names[0]] == 1 else "belong"
    pronoun = "it does not run" if verb == "belongs" else "they do not run"
    done = {task.name for task in checkpoint.tasks if task.has_result and task.name in names}
    lost = f" What {listed(sorted(done))} had written is lost." if done else ""
    return [
        f"{listed(counted)} {verb} to the same superstep, which the edit as {node_text(as_node)} stands for: "
        f"{pronoun} any more.{lost}"
    ]


def moved_on(head: Checkpoint, *, now: float | None = None) -> str:
    run = f"run {id_start(clean(head.run_id))}" if head.run_id and head.source != "update" else ""
    who, wrote = run or {"update": "an edit", "fork": "a fork"}.get(head.source, "somebody"), step_text(head)
    if head.source in ("update", "fork") and not run:
        wrote = wrote.removesuffix(f" ({head.made_by})")
    ago = f" {age(head.created_at, time.time() if now is None else now)} ago" if head.created_at else ""
    return f"{who} wrote {wrote}{ago.replace(' now ago', ' just now')}; next: {next_of(head)}."


def listed(names: Sequence[str], one: str = "", many: str = "") -> str:
    """Return `a`, `a and b`, `a, b and c`, after a noun that agrees."""
    texts = [f"`{clean(name, 60)}`" for name in names]
    noun = one if len(texts) == 1 else many
    text = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
    return f"{noun} {text}" if noun else text


def _runs_subgraph(name: str, checkpoint: Checkpoint) -> bool:
    return any(task.name == name and (task.subgraph_ns or task.subgraph is not None) for task in checkpoint.tasks)
