"""Several nodes that share one box: how they stand together, and each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import Picture
from studio_tui.graphs.topology.spec import short_name
from studio_tui.present.graph.mark import IDLE, NodeMark, role_of
from studio_tui.text.cells import fit, width
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

_URGENT = ("paused", "running", "error", "next", "queued", "unknown", "cancelled", "done", "idle")
"""How one of them stands is how all stand, the first of these that is found."""
_ENDED = ("done", "error", "cancelled")
_NAME_CELLS = 40


def together(marks: Sequence[NodeMark]) -> NodeMark:
    """Return how several nodes are shown as one: where not all have run, its count says how many of them have."""
    status = min((mark.status for mark in marks), key=_URGENT.index)
    visits = sum(mark.visits for mark in marks)
    known = [mark.total for mark in marks if mark.total is not None]
    ran = [mark for mark in marks if mark.visits]
    begun = [mark.since for mark in marks if mark.status == "running"]
    waiting = [mark for mark in marks if mark.here or mark.comes]
    return NodeMark(
        status,
        visits=visits if visits > len(marks) else min(1, visits),
        together=len(marks) if ran else 0,
        ended=sum(mark.status in _ENDED for mark in marks),
        failed=sum(mark.status == "error" for mark in marks),
        # When the others ran is not known here, so neither is how long all of them took.
        seconds=ran[0].seconds if len(ran) == 1 else None,
        at_most=len(ran) == 1 and ran[0].at_most,
        since=min((at for at in begun if at is not None), default=None) if None not in begun else None,
        total=sum(known) if known else None,
        total_at_most=any(mark.total_at_most for mark in marks),
        total_at_least=any(mark.total_at_least for mark in marks)
        or any(mark.total is None and mark.status in (*_ENDED, "unknown") for mark in ran),
        in_part=any(mark.in_part for mark in marks),
        before=any(mark.before for mark in marks),
        after=any(mark.after for mark in marks),
        here=any(mark.here for mark in marks),
        asks=any(mark.asks for mark in marks),
        comes=any(mark.comes for mark in marks),
        inferred=bool(waiting) and all(mark.inferred for mark in waiting),
    )


def group_heading(nodes: Sequence[NodeId], signs: Glyphs) -> str:
    """Return what a box that stands for several nodes is called."""
    return f"{clean(short_name(nodes[0]))} {signs.ellipsis} {clean(short_name(nodes[-1]))}"


def member_lines(names: Sequence[str], marks: Sequence[NodeMark], signs: Glyphs) -> Iterator[Line]:
    """Yield a row for each node of a box, by its name (safe text): how it stands, where it stops a run."""
    cells = min(_NAME_CELLS, max(width(name) for name in names))
    for name, mark in zip(names, marks, strict=True):
        idle = mark.status == "idle"
        role = "muted" if idle else role_of(mark.status)
        stops = (signs.breakpoint if mark.before else " ") + (signs.breakpoint if mark.after else " ")
        yield (
            Span(f"{' ' if idle else getattr(signs, mark.status)} ", role),
            Span(stops + " ", "node-breakpoint"),
            Span(fit(name, cells), "value"),
            Span("" if idle else f"  {mark.word}  {mark.note(signs)}".rstrip(), role),
        )


def with_boxes(marks: Mapping[NodeId, NodeMark], picture: Picture) -> dict[NodeId, NodeMark]:
    """Return the marks of nodes, and of names in a picture that stand for several of them."""
    found = dict(marks)
    for head, members in picture.equivalent.items():
        if head not in picture.collapsed:
            continue
        mark = together([marks.get(member, IDLE) for member in members])
        if mark == IDLE:
            found.pop(head, None)
            continue
        if mark.status == "paused" and not mark.inferred:  # which of them waits says more than that one does
            waiting = tuple(member for member in members if marks.get(member, IDLE).status == "paused")
            mark = replace(mark, here=False, inside=waiting)
        found[head] = mark
    return found
