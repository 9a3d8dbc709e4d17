"""What can be done from the checkpoint under the time cursor, in words: running again, editing, forking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio_tui.core.timetravel.edits import Direction
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.present.kit.wrapped import hanging
from studio_tui.text.cells import ELLIPSIS, cut, width
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width

WAYS = ("rerun", "edit", "fork", "undo", "redo")
"""The commands that are explained, by their ids."""
WAYS_BACK: tuple[Direction, ...] = ("undo", "redo")


def paths_lines(
    item: Checkpoint | None,
    will: str,
    keys: Mapping[str, str],
    *,
    live: bool,
    steps: Mapping[Direction, str],
    signs: Glyphs = UNICODE,
) -> list[Line]:
    """Return one line a way; `will` says what a run from here executes, `keys` what each way's key is called.

    `steps`: what can be taken back, and what can be made again (safe text), which is told where that is all.
    """
    if item is None or item.checkpoint_id is None:
        return [(Span(" Run the graph, or open a thread.", "muted"),)]
    if live:
        return [(Span(" A run is under way: nothing until it ends.", "muted"),)]
    undoes = "undo" in steps
    runs = clean(will, 400).removeprefix("Will run: ").rstrip(".").replace(", which decides: ", " → ")
    runs = runs.replace(" → ", f" {signs.arrow} ")
    again = f"{runs}; new branch" if item.is_unfinished else "nothing: the graph had finished here"
    said = {
        "rerun": ("run again", again),
        "edit": ("edit the state", "preview first; nothing runs"),
        "fork": ("fork", "becomes the head; nothing runs"),
        "redo": ("redo", f"does again {steps.get('redo', '')}"),
        "undo": ("undo", f"takes back {steps['undo']}" if undoes else "nothing: none of this session"),
    }
    names = max(width(said[way][0]) for way in WAYS)
    left_out = "undo" if "redo" in steps and not undoes else "redo"
    shown = [(way, keys[way]) for way in WAYS if keys.get(way) and way != left_out]
    wide = max((width(key) for _way, key in shown), default=1)
    lines: list[Line] = []
    for way, key in shown:
        (title, what), able = said[way], undoes or way != "undo"
        lines.append(
            (
                Span(" "),
                Span(key + " " * (wide - width(key)), "key bold" if able else "muted"),
                Span(f" {title}{' ' * (names - width(title))}  ", "text" if able else "muted"),
                Span(what, "muted"),
            )
        )
    return lines


def laid_out(lines: Sequence[Line], cells: int, rows: int) -> list[Line]:
    """Fit the lines in `cells`: wrapped as far as there are `rows`, the first ones first; then cut behind a word."""
    found: list[Line] = []
    spare = max(0, rows - len(lines))
    for line in lines:
        wrapped = hanging(line, cells)
        shown = wrapped[: 1 + spare]
        spare -= len(shown) - 1
        if len(shown) < len(wrapped):
            shown[-1] = _cut(shown[-1], cells)
        found += shown
    return found


def _cut(line: Line, cells: int) -> Line:
    """Say that more follows on a row that ends with a whole word."""
    text, room = line[-1].text.rstrip(" ,;."), cells - line_width(line[:-1]) - 1
    while width(text) > room and " " in text:
        text = text.rpartition(" ")[0].rstrip(" ,;.")
    return (*line[:-1], Span(cut(text + ELLIPSIS, room + 1), line[-1].role))
