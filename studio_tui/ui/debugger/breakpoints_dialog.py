"""The breakpoints of the selected graph: switch them on and off, remove them, go to a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from studio_tui.domain.breakpoint import ALL, Breakpoint
from studio_tui.domain.ids import NodeId
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.debugger.breaking import DIALOG_KEYS
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.terminal.safe import PlainStatic, to_content

if TYPE_CHECKING:
    from studio_tui.core.studio import Studio


class BreakpointsDialog(Dialog[NodeId]):
    """Answers with the node to go to; what is switched or removed holds at once."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(DIALOG_KEYS)
    heading = "Breakpoints"

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._items: list[Breakpoint] = []

    def parts(self) -> ComposeResult:
        yield OptionList(id="dialog-list")
        yield PlainStatic("space: on or off · D: remove · enter: go to the node · esc: back", classes="dialog-hint")

    def on_mount(self) -> None:
        self._fill(0)
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.option_list.highlighted = event.option_index
        self.action_switch()

    def action_switch(self) -> None:
        """Switch the breakpoint under the cursor on or off."""
        item = self._current()
        if item is not None:
            self._studio.debugger.enable(item.node, item.when, not item.enabled)
            self._fill(self._items.index(item))

    def action_remove(self) -> None:
        """Remove the breakpoint under the cursor."""
        item = self._current()
        if item is not None:
            self._studio.debugger.remove(item.node, item.when)
            self._fill(self._items.index(item))

    def action_jump(self) -> None:
        """Go to the node under the cursor."""
        item = self._current()
        if item is not None and item.node != ALL:
            self.dismiss(item.node)

    def action_move(self, rows: int) -> None:
        options = self.query_one(OptionList)
        if self._items:
            options.highlighted = min(len(self._items) - 1, max(0, (options.highlighted or 0) + rows))

    def _current(self) -> Breakpoint | None:
        index = self.query_one(OptionList).highlighted
        return self._items[index] if index is not None and index < len(self._items) else None

    def _fill(self, index: int) -> None:
        options = self.query_one(OptionList)
        self._items = self._studio.app_state.breakpoints.items()
        if not self._items:
            said = "None. Select a node in the graph and press b, or type :break NODE."
            options.set_options([Option(to_content((Span(said, "muted"),), self), disabled=True)])
            return
        options.set_options([Option(to_content(_line(item), self)) for item in self._items])
        options.highlighted = min(index, len(self._items) - 1)


def _line(item: Breakpoint) -> Line:
    name = "every node of the root graph" if item.node == ALL else clean(item.node, 200)
    spans = [
        Span("[x] " if item.enabled else "[ ] ", "node-breakpoint" if item.enabled else "muted"),
        Span(f"{item.when:<7}", "text" if item.enabled else "muted"),
        Span(name, "text bold" if item.enabled else "muted"),
    ]
    if item.is_inside:
        spans.append(Span("  inside a subgraph", "muted"))
    return tuple(spans)
