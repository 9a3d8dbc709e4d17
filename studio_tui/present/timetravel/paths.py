"""What can be done from the checkpoint under the time cursor, in words: running again, editing, forking."""

from __future__ import annotations

from collections.abc import Mapping

from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.text.cells import width
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

WAYS = ("rerun", "edit", "fork", "undo")
"""The commands that are explained, by their ids."""


def paths_lines(item: Checkpoint | None, will: str, keys: Mapping[str, str], *, live: bool) -> list[Line]:
    """Return one line a way; `will` says what a run from here executes, `keys` what each way's key is called."""
    if item is None or item.checkpoint_id is None:
        return [(Span(" Run the graph, or open a thread.", "muted"),)]
    if live:
        return [(Span(" A run is under way: nothing until it ends.", "muted"),)]
    runs = clean(will, 400).removeprefix("Will run: ").rstrip(".")
    again = f"{runs}; a new branch" if item.is_unfinished else "nothing: the graph had finished here"
    said = {
        "rerun": ("run again", again),
        "edit": ("edit the state", "preview first; nothing runs"),
        "fork": ("fork", "becomes the head; nothing runs"),
        "undo": ("undo", "takes the last edit or fork back"),
    }
    names = max(width(said[way][0]) for way in WAYS)
    shown = [(way, keys[way]) for way in WAYS if keys.get(way)]
    wide = max((width(key) for _way, key in shown), default=1)
    lines: list[Line] = []
    for way, key in shown:
        title, what = said[way]
        lines.append(
            (
                Span(" "),
                Span(key + " " * (wide - width(key)), "key bold"),
                Span(f" {title}{' ' * (names - width(title))}  ", "text"),
                Span(what, "muted"),
            )
        )
    return lines
