"""Static breakpoints before and after nodes, kept per graph, compiled into run arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from studio_tui.model.ids import NodeId

When = Literal["before", "after"]
ALL = NodeId("*")


@dataclass(slots=True)
class Breakpoints:
    """Which nodes stop a run; `*` stands for every node."""

    before: set[NodeId] = field(default_factory=set)
    after: set[NodeId] = field(default_factory=set)

    def toggle(self, node: NodeId, when: When) -> bool:
        """Set the breakpoint if it is not set, else remove it; return whether it is set now."""
        marks = self.before if when == "before" else self.after
        if node in marks:
            marks.discard(node)
            return False
        marks.add(node)
        return True

    def compile(self, when: When) -> list[str] | str | None:
        """Return the `interrupt_before`/`interrupt_after` value: `"*"`, names of top-level nodes, or None."""
        marks = self.before if when == "before" else self.after
        if ALL in marks:
            return "*"
        names = sorted(node for node in marks if ":" not in node)
        return list(names) or None

    def __len__(self) -> int:
        return len(self.before) + len(self.after)
