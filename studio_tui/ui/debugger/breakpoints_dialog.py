"""The breakpoints of the selected graph: switch them on and off, remove them, go to a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from studio_tui.domain.breakpoint import ALL, Breakpoint
from studio_tui.domain.ids import NodeId
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.debugger.commands import DIALOG_KEYS
from studio_tui.ui.kit.dialogs.columns import Row
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.dialogs.pick_list import PickList

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
        self._list = PickList(id="dialog-list")

    def parts(self) -> ComposeResult:
        yield self._list
        yield self.hint(
            "{breakpoint-switch} On or off  {breakpoint-go} Go to the node  {breakpoint-remove} Remove  "
            "{dialog-close} Back"
        )

    def on_mount(self) -> None:
        self._fill()
        self._list.focus()

    @on(PickList.OptionSelected)
    def _clicked(self, event: PickList.OptionSelected) -> None:
        self._list.highlighted = event.option_index
        self.action_switch()

    def action_switch(self) -> None:
        if (item := self._current) is not None:
            self._studio.debugger.enable(item.node, item.when, not item.enabled)
            self._fill()

    def action_remove(self) -> None:
        if (item := self._current) is not None:
            self._studio.debugger.remove(item.node, item.when)
            self._fill()

    def action_jump(self) -> None:
        if (item := self._current) is not None and item.node != ALL:
            self.dismiss(item.node)

    @property
    def _current(self) -> Breakpoint | None:
        at = self._list.highlighted
        return self._items[at] if at is not None and at < len(self._items) else None

    def _fill(self) -> None:
        self._items = self._studio.app_state.breakpoints.items()
        none = with_keys(self, "None. Select a node in the graph and press {break-before}, or type :break NODE.")
        self._list.show([_row(item) for item in self._items], self._list.highlighted or 0, empty=none)


def _row(item: Breakpoint) -> Row:
    name = "every node of the root graph" if item.node == ALL else clean(item.node, 200)
    return Row(
        (
            Span("[x] " if item.enabled else "[ ] ", "node-breakpoint" if item.enabled else "muted"),
            Span(f"{item.when:<7}", "text" if item.enabled else "muted"),
            Span(name, "text bold" if item.enabled else "muted"),
        ),
        right=(Span("inside a subgraph", "muted"),) if item.is_inside else (),
    )
