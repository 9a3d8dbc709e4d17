"""Which of what paused or asked in the runs of a thread still waits."""

from __future__ import annotations

from msgspec import Struct

from studio_tui.domain.run import Note, RunState
from studio_tui.present.kit.outline import OutlineNode
from studio_tui.present.runs.timeline_moments import run_of
from studio_tui.present.runs.timeline_parts import Item


class Waiting(Struct, frozen=True):
    """What of the thread waits now."""

    newest: RunState | None = None
    paused: tuple[str, ...] = ()
    """The nodes where the thread is paused; the end of the newest run says so."""
    asked: frozenset[str] = frozenset()
    """The keys of the questions that are open, whichever run asked them."""

    def here(self, node: OutlineNode[Item]) -> tuple[str, ...]:
        """Return where the thread is paused, if this is the row that says so."""
        is_mark = isinstance(node.item, Note) and node.item.kind == "paused"
        return self.paused if is_mark and node.parent is not None and node.parent.item is self.newest else ()

    def is_now(self, node: OutlineNode[Item]) -> bool:
        """Whether what paused or asked there still waits: in the newest run, unless the thread went on since."""
        run, newest = run_of(node), self.newest
        if run is None or newest is None:
            return False
        if run is newest:
            return bool(self.paused) or run.phase.is_live
        # A run that came to nothing since leaves the question open.
        return not (newest.phase.is_paused or newest.phase.is_live) and not self.asked.isdisjoint(run.interrupts)
