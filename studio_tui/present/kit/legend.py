"""What the signs of a panel mean, for its help."""

from __future__ import annotations

from collections.abc import Callable

from studio_tui.domain.forest import NODE
from studio_tui.text.glyphs import ASCII, Glyphs

Legend = list[tuple[str, str]]
_MADE = "an edit of the state; a fork: a copy of the step that it names"
"""Signs, and what they say."""


def legend(area: str, signs: Glyphs) -> Legend:
    """Return the signs that the panel `area` may show; empty for one that has none of its own."""
    told = _PANELS.get(area)
    return [] if told is None else [*told(signs), *_everywhere(signs)]


def brief_legend(area: str, signs: Glyphs) -> Legend:
    """Return the signs that somebody new to the panel asks for first, in a word or two; empty for most panels."""
    if area != "graph":
        return []
    plain = signs is ASCII
    double = "# #" if plain else "╓ ╖"
    return [
        ("-" if plain else "─", "always"),
        ("~ :" if plain else "┄ ┆", "may"),
        ("= !" if plain else "┈ ┊", "only seen"),
        (f"{signs.running} {signs.done} {signs.error} {signs.paused}", "runs, done, failed, waits"),
        (signs.breakpoint, "breakpoint"),
        ("+", "a closed subgraph"),
        (double, "several nodes in one box"),
        (f"{signs.times}5", "so many of them, or visits"),
        ("17/30", "tasks that have ended"),
        ("o O" if plain else "• ◉", "a subgraph starts, ends"),
    ]


def _everywhere(signs: Glyphs) -> Legend:
    return [
        (f"{signs.closed} {signs.open}", "folded; unfolded"),
        (f"{signs.cursor} {signs.thumb}", "the cursor; where the rows in sight lie among all"),
        (signs.bullet, "at a panel's name: something came that was not seen yet"),
        (signs.ellipsis, "more than there is room for"),
    ]


def _timeline(signs: Glyphs) -> Legend:
    plain = signs is ASCII
    left, right, full, rough, wait = ("[", "]", "=", "~", "-") if plain else ("▕", "▏", "█▌▐", "▒", "░")
    return [
        ("1 .1", "the step; the step inside a subgraph"),
        (f"{signs.running} {signs.queued}", "runs now; is queued or starts"),
        (signs.done, "done; dim: kept from an earlier run, not run again"),
        (f"{signs.error} {signs.cancelled}", "failed; was stopped"),
        (f"{signs.paused} {signs.interrupt}", "paused, or asks; the run asks and waits for an answer"),
        (signs.bar, "the error of the task above"),
        (signs.note, "a note or an event of the graph; before a node: how it ended is not known"),
        (signs.warning, "the connection was lost, or events may be missing"),
        (signs.checkpoint, "a checkpoint"),
        (f"{signs.edit} {signs.fork}", _MADE),
        (f"{left}{full}{right}", "when it ran, on the time axis of the turn"),
        (rough, "about when: one end is only that of a checkpoint"),
        (wait, "the time until the first token of a model"),
        (signs.at_most, "took so long at most: only the checkpoints around it tell"),
        (f"{signs.times}3", "so many tasks of one node in one step, with the time of the longest"),
        (signs.arrow, "what came of it; what is next; tokens in and out"),
        ("+ ~", "a key is new; has another value"),
        (signs.dot, "between facts of a run"),
    ]


def _graph(signs: Glyphs) -> Legend:
    plain = signs is ASCII
    return [
        ("-" if plain else "─", "always goes on there"),
        ("~ :" if plain else "┄ ┆", "may go on there: one of several branches decides while it runs"),
        ("= !" if plain else "┈ ┊", "nobody declares it, but a run went this way"),
        ("|" if plain else "┼", "two lines cross, or one enters a frame; they do not meet"),
        ("@" if plain else "↻", "goes back to itself"),
        (f"{signs.running} {signs.queued}", "runs now; is queued or starts"),
        (f"{signs.done} {signs.error} {signs.paused}", "done; failed; waits (it is paused here)"),
        (signs.next, "it would run next from the step of the past that is shown"),
        (signs.breakpoint, "a breakpoint: before the node at its start, after it at its end"),
        (f"{signs.breakpoint} inside", "a breakpoint in a subgraph that is folded"),
        (f"{signs.times}3", "ran so often in this turn"),
        (f"{signs.at_least}3", "ran at least so often: only a part of this turn is read"),
        (f"1.2s {signs.at_most}1.2s", "took so long the last time, or has so far; at most: only checkpoints tell"),
        (f"{signs.times}4 1.2s", "of tasks that ran in one step the longest took so long"),
        (f"17/30 1{signs.error}", "so many of a step's tasks have ended; so many failed"),
        ("name +", "a subgraph that is not drawn open"),
        ("a - c x3" if plain else "a … c ×3", "so many nodes with the same edges in one box; its border is double"),
        ("# #" if plain else "╓ ╖", "a box of several nodes with the same edges"),
        ("o O" if plain else "• ◉", "where an opened subgraph starts; ends"),
        ("at name", "this runs or waits inside of it"),
        ("full tight compact", "each node is a box; with less room between them; in one row"),
        ("wrapped", "goes on where the next column begins, or the next row where it runs to the right"),
        ("stack list", "chains share a box; each node is a row with where it leads"),
        (
            "visits time",
            "the heat of a node: the warmer, the more often it ran in this turn, or the longer in all",
        ),
    ]


def _history(signs: Glyphs) -> Legend:
    plain = signs is ASCII
    lanes = "* | - + '" if plain else f"{NODE} │ ─ ┼ ┴ ╯"
    return [
        (lanes, "a checkpoint, and the branches: each row came out of the next one below it in its lane"),
        (f"{signs.mark} M", "is shown in all panels; is marked for comparison"),
        (f"{signs.edit} {signs.fork}", _MADE),
        (signs.arrow, "at the right: waits to go on with; else: what came of it"),
        (f"{signs.interrupt} {signs.error}", "asks something; failed"),
        ("+ ~ -", "a key or a message is new; is another; is gone"),
        (signs.dot, "between facts of a tool's answer"),
    ]


def _messages(signs: Glyphs) -> Legend:
    return [
        (signs.bar, "a message that is not the model's; a quote or code in a text"),
        (signs.beside, "rows of the message under the cursor: keys act on all of it"),
        (f"{signs.running} {signs.done}", "a tool runs, or the message still comes; a tool has answered"),
        (signs.error, "a tool failed, or its arguments are not valid"),
        (signs.warning, "in no checkpoint: it is lost when the panel reads the state again"),
        (signs.dot, "a part that is no text; between facts"),
        (f"{signs.bullet} {signs.rule}", "an item of a list; a rule, or below the head of a table"),
    ]


def _diff(signs: Glyphs) -> Legend:  # noqa: ARG001 - the same everywhere
    return [("+ - ~", "was added; was removed; has another value"), ("[2] {3}", "so many items, so many keys")]


def _state(signs: Glyphs) -> Legend:  # noqa: ARG001 - the same everywhere
    return [("[2] {3}", "so many items, so many keys")]


_PANELS: dict[str, Callable[[Glyphs], Legend]] = {
    "graph": _graph, "timeline": _timeline, "history": _history, "messages": _messages, "diff": _diff, "state": _state,
}  # fmt: skip
