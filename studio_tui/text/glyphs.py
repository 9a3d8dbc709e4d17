"""Every sign that the views draw, once for Unicode terminals and once for ASCII ones. All are one cell wide,
except `arrow`, `at_most` and `at_least`, which are as wide as their texts."""

from __future__ import annotations

from msgspec import Struct


class Glyphs(Struct, frozen=True):
    """One set of signs. Status first, then structure."""

    running: str = "●"
    done: str = "✓"
    error: str = "✗"
    paused: str = "‖"
    idle: str = "○"
    queued: str = "…"
    next: str = "›"
    """It would run next from an old checkpoint; nothing waits there."""
    breakpoint: str = "◆"
    interrupt: str = "?"
    cancelled: str = "■"
    unknown: str = "·"

    open: str = "▾"
    closed: str = "▸"
    cursor: str = "▌"
    beside: str = "▎"
    """Before the other rows of what the cursor's row is part of."""
    thumb: str = "▐"
    track: str = "│"
    branch: str = "├"
    rule: str = "─"
    cross: str = "┼"
    """Where a rule meets a bar."""
    bar: str = "│"
    checkpoint: str = "◇"
    edit: str = "✎"
    fork: str = "⋎"
    mark: str = "►"
    note: str = "·"
    warning: str = "!"
    arrow: str = "→"
    crumb: str = "›"
    """Between the places of a path."""
    dot: str = "·"
    bullet: str = "•"
    ellipsis: str = "…"
    times: str = "×"
    at_most: str = "≤"
    at_least: str = "≥"
    down: str = "↓"


UNICODE = Glyphs()

ASCII = Glyphs(
    running="*",
    done="V",
    error="x",
    paused="=",
    idle="o",
    queued="~",
    next=">",
    breakpoint="@",
    interrupt="?",
    cancelled="#",
    unknown=".",
    open="v",
    closed=">",
    cursor=">",
    beside="|",
    thumb="#",
    track="|",
    branch="|",
    rule="-",
    cross="+",
    bar="|",
    checkpoint="o",
    edit="e",
    fork="Y",
    mark=">",
    note=".",
    warning="!",
    arrow="->",
    crumb=">",
    dot="-",
    bullet="*",
    ellipsis="~",
    times="x",
    at_most="<=",
    at_least=">=",
    down="v",
)


def glyphs(ascii: bool = False) -> Glyphs:
    """Return the signs for a terminal: Unicode, or plain ASCII ones."""
    return ASCII if ascii else UNICODE
