"""Breakpoints before and after nodes of one graph: which there are, which are on, what the server is told of them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from studio_tui.domain.graph import END, START
from studio_tui.domain.ids import NodeId

When = Literal["before", "after"]
ALL = NodeId("*")
"""Every node of the root graph."""


class Breakpoint(Struct, frozen=True):
    """One breakpoint, as lists show it."""

    node: NodeId
    when: When = "before"
    enabled: bool = True

    @property
    def is_inside(self) -> bool:
        """Whether its node belongs to a subgraph, where no server stops by itself."""
        return ":" in self.node


class Breakpoints(Struct):
    """Which nodes stop a run. `before` and `after` hold those that are on."""

    before: set[NodeId] = field(default_factory=set)
    after: set[NodeId] = field(default_factory=set)
    off_before: set[NodeId] = field(default_factory=set)
    off_after: set[NodeId] = field(default_factory=set)

    def items(self) -> list[Breakpoint]:
        """Return all of them, by node, `before` first."""
        found = [
            Breakpoint(node, when, enabled)
            for when in _WHENS
            for enabled in (True, False)
            for node in self._marks(when, enabled)
        ]
        return sorted(found, key=lambda item: (item.node, item.when != "before"))

    def toggle(self, node: NodeId, when: When) -> bool:
        """Set the breakpoint if it is not on, else remove it; return whether it is on now."""
        is_on = node in self._marks(when, True)
        self.remove(node, when)
        if not is_on:
            self._marks(when, True).add(node)
        return not is_on

    def enable(self, node: NodeId, when: When, enabled: bool) -> None:
        """Switch a breakpoint on or off; one that does not exist is left alone."""
        if node in self._marks(when, not enabled):
            self._marks(when, not enabled).discard(node)
            self._marks(when, enabled).add(node)

    def remove(self, node: NodeId, when: When) -> None:
        """Remove a breakpoint, on or off."""
        for enabled in (True, False):
            self._marks(when, enabled).discard(node)

    def compile(self, when: When) -> list[str] | str | None:
        """Return the `interrupt_before`/`interrupt_after` value: `"*"`, names of top-level nodes, or None."""
        marks = self._marks(when, True)
        if ALL in marks:
            return "*"
        names = sorted(node for node in marks if ":" not in node)
        return list(names) or None

    def at(self, node: NodeId) -> tuple[bool, bool]:
        """Return whether a node stops a run before and after it; one for all nodes counts in the root graph only, where
        servers stop."""
        before, after = self.before, self.after
        if not before and not after:
            return False, False
        every = ":" not in node and node not in (START, END)
        return node in before or (every and ALL in before), node in after or (every and ALL in after)

    def inside(self, when: When) -> frozenset[NodeId]:
        """Return the nodes of subgraphs that are to stop a run."""
        return frozenset(node for node in self._marks(when, True) if ":" in node)

    def __len__(self) -> int:
        """How many are on."""
        return len(self.before) + len(self.after)

    def _marks(self, when: When, enabled: bool) -> set[NodeId]:
        if when == "before":
            return self.before if enabled else self.off_before
        return self.after if enabled else self.off_after


_WHENS: tuple[When, ...] = ("before", "after")
