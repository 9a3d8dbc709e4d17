"""How one node stands, and what of that is written beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.domain.ids import NodeId, ancestors
from studio_tui.text.cells import width
from studio_tui.text.fmt import brief, duration
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean

Heat = Literal["", "visits", "time"]
"""By what nodes are coloured, if by anything."""
Slot = Literal["words", "count", "time"]
"""What a part of a note is: counts and times have places of their own."""

_TIMED = ("running", "done", "error", "cancelled", "unknown")
"""Of what has a time of its own: the last one of what waits would be read as how long it waits."""
_WAITING = ("paused", "cancelled")
"""What the thread goes on with when it is continued: it was paused there, or stopped by somebody."""
_WORDS = {"error": "failed", "cancelled": "stopped", "unknown": "end unknown"}
_LONGEST_NAME = 24
"""Cells of a node's name that has room beside the box that it runs in; longer ones are left out."""


class Part(NamedTuple):
    """A piece of a note, the longest form first; it is written whole or not at all."""

    forms: tuple[str, ...]
    role: str = ""
    """Where it is not the node's own."""
    slot: Slot = "words"
    urgent: bool = False
    """Words that are worth more than counts and times."""


class NodeMark(Struct, frozen=True):
    """How a node is shown."""

    status: str = "idle"
    """idle, running, done, error, paused, next, queued, cancelled or unknown."""
    visits: int = 0
    """Tasks in this turn."""
    together: int = 0
    """Tasks of the newest superstep: more than one where the graph fanned out."""
    ended: int = 0
    failed: int = 0
    """Of those."""
    seconds: float | None = None
    """Of the longest of those, while one is under way of those that have ended; None where it is not known. What
    several runs went on with has the time of all of them, and not how long it waited between."""
    at_most: bool = False
    """Only checkpoints tell when they ran: they took at most so long."""
    since: float | None = None
    """While one is under way: when the first of those started, in unix seconds, later by what it waited."""
    total: float | None = None
    """Seconds of all visits that have ended, as far as they tell."""
    total_at_most: bool = False
    total_at_least: bool = False
    """Some of them do not tell."""
    in_part: bool = False
    """The turn is not read back to its input: there were at least so many visits, and nobody knows their time."""
    before: bool = False
    after: bool = False
    """Breakpoints."""
    stops_inside: bool = False
    """It is folded, and something in it has a breakpoint."""
    here: bool = False
    """The thread waits at it."""
    asks: bool = False
    """It waits for an answer to a question of its own, or of something in it; else it is paused."""
    comes: bool = False
    """It comes next at the old checkpoint that is looked at."""
    inferred: bool = False
    """That it waits follows from the edges; the server does not say so."""
    inside: tuple[NodeId, ...] = ()
    """What runs or waits inside of it and has no box of its own, the innermost nodes."""
    inner: NodeMark | None = None
    """How the first of them stands."""

    def took(self, now: float | None) -> float | None:
        """Return the seconds of the newest visit, at `now` (unix seconds) while it is under way; None if unknown."""
        if self.status == "running":
            # A clock that goes by beats has not come there yet.
            if now is None or self.since is None or now <= self.since:
                return None
            return max(now - self.since, self.seconds or 0.0)
        return self.seconds if self.status in _TIMED else None

    def parts(self, signs: Glyphs, now: float | None = None, heat: Heat = "") -> list[Part]:
        """Return what there is to write, in the order in which it is given up last.

        That a task failed, that the thread waits here, how many of a fan-out have ended, what runs inside, how often it
        ran and how long the last time: `1✗ 17/30 ×31 2.5s`. With heat what the colour tells comes before all but
        failures.
        """
        counted = self.inner if self.inner is not None and self.together <= 1 else self
        parts = []
        if counted.failed and counted.together > 1:
            parts.append(Part((f"{counted.failed}{signs.error}",), "node-error", "count"))
        if heat:
            parts.append(Part((self._heat(signs, heat),), slot="time" if heat == "time" else "count"))
        if self.stops_inside:
            parts.append(Part((f"{signs.breakpoint} inside", signs.breakpoint), "node-breakpoint bold", urgent=True))
        if waits := self._waits():
            parts.append(Part(waits, urgent=True))
        # Of what the stream lost nobody knows how many have ended.
        if counted.status != "unknown" and counted.ended < counted.together > 1:
            parts.append(Part((f"{counted.ended}/{counted.together}",), slot="count"))
        elif counted.status != "unknown" and counted.failed and counted.together > 1:
            parts.append(Part((f"{counted.together - counted.failed}{signs.done}",), slot="count"))
        if not waits and (inside := self._inside()):
            parts.append(Part(inside))
        told = self.visits == self.together and (self.failed or self.ended < self.together)
        if not heat and self.visits > 1 and (self.in_part or self.status == "unknown" or not told):
            parts.append(Part((self.count(signs),), slot="count"))
        seconds = self.took(now)
        if seconds is not None and heat != "time":
            at_most = self.at_most and self.status != "running"
            forms = (_time(seconds, at_most, signs), *(() if at_most else brief(seconds)))
            parts.append(Part(forms, slot="time"))
        return [part for part in parts if part.forms[0]]

    def note(self, signs: Glyphs, now: float | None = None) -> str:
        """Return all of it in one line."""
        return " ".join(part.forms[0] for part in self.parts(signs, now))

    def _heat(self, signs: Glyphs, heat: Heat) -> str:
        if heat == "visits":
            return self.count(signs) if self.visits else ""
        if self.total is None:
            return ""
        if self.in_part or self.total_at_least:  # "at most" of a part says nothing of the whole
            return f"{duration(self.total)}?" if self.total_at_most else f"{signs.at_least}{duration(self.total)}"
        return _time(self.total, self.total_at_most, signs)

    def count(self, signs: Glyphs) -> str:
        """Return how often it ran."""
        return f"{signs.at_least if self.in_part else signs.times}{self.visits}"

    def _waits(self) -> tuple[str, ...]:
        """The longest form first; that it is inferred is said, or nothing is."""
        if self.comes:
            return ("next (inferred)", "inferred") if self.inferred else ("next",)
        if self.here:
            return (f"{self.word} (inferred)", "inferred") if self.inferred else (self.word,)
        if self.status in _WAITING and (inside := self._inside()):
            return (f"{self.word} {inside[0]}", *inside, f"{self.word} inside", self.word)
        return ()

    @property
    def word(self) -> str:
        """Return the one word for how it stands, which timeline and top row have for that as well."""
        return "asks" if self.asks and self.status == "paused" else _WORDS.get(self.status, self.status)

    def _inside(self) -> tuple[str, ...]:
        """What goes on inside, the longest form first; a name stands whole or not at all."""
        if not self.inside:
            return ()
        name, count = clean(self.inside[0].rpartition(":")[2]), len(self.inside)
        named = (f"at {name} +{count - 1}" if count > 1 else f"at {name}",) if width(name) <= _LONGEST_NAME else ()
        return (*named, f"at {count} nodes") if count > 1 else named


IDLE = NodeMark()


def role_of(status: str) -> str:
    """Return the role of what tells how a node stands."""
    if status == "next":
        return "info"
    return "node-queued" if status in ("queued", "cancelled", "unknown") else f"node-{status}"


def _time(seconds: float, at_most: bool, signs: Glyphs) -> str:
    return f"{signs.at_most if at_most else ''}{duration(seconds)}"


def with_insides(marks: Mapping[NodeId, NodeMark], drawn: Mapping[NodeId, object]) -> dict[NodeId, NodeMark]:
    """Return the marks of what is drawn, those of folded subgraphs with what runs or waits in them.

    Only what goes on in the same way as the subgraph itself: a question of an earlier run is none of this one.
    """
    found = {node: mark for node, mark in marks.items() if node in drawn}
    inside: dict[NodeId, list[NodeId]] = {}
    for node, mark in marks.items():
        if ":" not in node or node in drawn:
            continue
        around = next((outer for outer in reversed(ancestors(node)) if outer in drawn), None)
        if around is not None and (mark.before or mark.after):
            found[around] = replace(found.get(around, IDLE), stops_inside=True)
        if mark.status != "running" and mark.status not in _WAITING:
            continue
        if around is not None and found.get(around, IDLE).status == mark.status:
            inside.setdefault(around, []).append(node)
    for around, nodes in inside.items():
        holders = {outer for node in nodes for outer in ancestors(node)}
        leaves = tuple(node for node in nodes if node not in holders)
        asks = any(marks[leaf].asks for leaf in leaves)
        found[around] = replace(found[around], inside=leaves, inner=marks[leaves[0]], asks=asks)
    return found
