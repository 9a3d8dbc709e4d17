"""The long-term store (`M`): namespaces at the left, items at the right; search, make, edit, delete."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.geometry import Size
from textual.message import Message

from studio_tui.core.store import StoreItem, StoreItems, StoreNamespace, is_ranked
from studio_tui.domain.thread_query import parse_pairs
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import Json
from studio_tui.present.store import ItemRows, NamespaceRows
from studio_tui.text.cells import width
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import Command, bindings
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt, PromptDialog
from studio_tui.ui.kit.key_line import KeyHint
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.kit.terminal.safe import set_title
from studio_tui.ui.screens.commands import SEARCH
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.resource import ResourceScreen
from studio_tui.ui.store.commands import TABLE, VIEW
from studio_tui.ui.store.editing import ItemEditor

_MANY = 1000
"""Namespaces from which how many there are is told in more cells than their names take."""


class NamespaceTable(ResourceTable[StoreNamespace]):
    """The tree of namespaces."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TABLE)
    NOUN: ClassVar[tuple[str, str]] = ("namespace", "namespaces")
    COUNTED: ClassVar[str] = "namespaces"

    class Picked(Message):
        """The cursor stands on another namespace."""

    table: NamespaceRows

    def summary(self) -> str:
        return plural(len(self.rows) - 1, *self.NOUN) + (" and more" if self.resource.has_more else "")

    def row_moved(self, row: int | None) -> None:  # noqa: ARG002 - the screen asks
        self.post_message(self.Picked())

    def fold_row(self, row: int) -> None:
        """Fold the namespace, or go to its parent."""
        if self.rows.is_open(row):
            self.toggle_row(row)
        else:
            item = self.table.items[row]
            self.move_to_row(self.table.items.index(item[:-1]) if len(item) > 1 else 0)

    def unfold_row(self, row: int) -> None:
        """Unfold the namespace, or go to the items."""
        if self.rows.is_open(row) is False:
            self.toggle_row(row)
        else:
            self.open_row(row)

    def toggle_row(self, row: int) -> None:
        with self.keeping_place():
            self.table.toggle(self.table.items[row])

    def yank(self) -> tuple[str, str] | None:
        return None

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's
        count = len(self.table.items)
        told = width(f"{plural(count, 'namespace')} and more") + 4 if count > _MANY else 0  # in the border
        return min(38, max(self.table.cells + 2, told))


class ItemTable(ResourceTable[StoreItem]):
    """The items of a namespace."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TABLE)
    NOUN: ClassVar[tuple[str, str]] = ("item", "items")
    EMPTY: ClassVar[str] = "There are no items here."

    resource: StoreItems

    def empty_text(self) -> str:
        store = self.resource
        if store.why_unread:
            return f"The store could not be read: {store.why_unread}"
        return "Nothing matches." if store.loaded and (store.query or store.filter) else super().empty_text()

    def yank(self) -> tuple[str, str] | None:
        return None if self.current is None else (print_json(self.current.value), "the value as JSON")


class StoreScreen(ResourceScreen):
    """The store of the server."""

    KEYS: ClassVar[tuple[Command, ...]] = (*VIEW[1:3], *TABLE, SEARCH, VIEW[0], *VIEW[3:])
    LINES_ABOVE: ClassVar[int] = 1
    BINDINGS: ClassVar[list[BindingType]] = bindings(VIEW)
    DEFAULT_CSS = """
    StoreScreen #store-sides { height: 1fr; }
    StoreScreen #store-namespaces { width: auto; min-width: 20; max-width: 30%; }
    """
    heading = "Store"

    def __init__(self, prefix: StoreNamespace = ()) -> None:
        super().__init__()
        self._start = prefix

    def body(self) -> ComposeResult:
        self.store = StoreItems(self.services.studio.connection.call)
        self.item_rows = ItemRows()
        self.namespaces = self.follow(NamespaceTable(NamespaceRows(), self.store.namespaces, id="store-namespaces"))
        self.items = self.follow(ItemTable(self.item_rows, self.store, id="store-items"))
        self.list = self.items
        self.editor = ItemEditor(self.services, self.store, self._written)
        with Horizontal(id="store-sides"):
            for table in self.tables:
                table.add_class("over-list")
                yield table

    def on_mount(self) -> None:
        set_title(self.namespaces, "Namespaces")
        self.namespaces.rows_changed(0)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Search and copy work on the side in use."""
        if isinstance(event.widget, (NamespaceTable, ItemTable)):
            self.list = event.widget

    @property
    def namespace(self) -> StoreNamespace:
        return self.namespaces.current or ()

    def action_refresh(self) -> None:
        self.start(self._refresh(), "reading the store", group="store-tree")

    async def _refresh(self) -> None:
        try:
            await self.namespaces.read()
        finally:
            self.namespaces.refresh(layout=True)  # what their names leave is for the values
            self.items.repaint()  # both sides say why the store cannot be read
        row = self.namespaces.rows.row_of(self._start) if self._start else None
        self._start = ()
        if row is not None:
            self.namespaces.move_to_row(row)
        await self._read_items()

    async def _written(self, namespace: StoreNamespace, key: str) -> bool:
        """Read again and go to the item; return whether keys are for it."""
        await self._refresh()
        if self.items.stand_on((namespace, key)):
            return True
        self._start = namespace
        await self._refresh()
        return self.items.stand_on((namespace, key))

    async def _read_items(self) -> None:
        self.store.look_at(self.namespace)
        await self.items.read()

    def on_namespace_table_picked(self) -> None:
        if self.namespace == self.store.prefix:
            return  # its items are there, or under way
        self.store.look_at(self.namespace)
        self.once_at_rest(self._read_picked)

    def _read_picked(self) -> None:
        self.start(self._read_items(), "reading the items", group="store-items")

    def tell_above(self) -> None:
        if not self.is_mounted:
            return
        store = self.store
        if not (store.why_unread or store.reading or store.given_up):  # else the items are those of another place
            self.item_rows.prefix = store.prefix
            set_title(self.items, clean(".".join(store.prefix)) or "Items")
        spans = [Span(" "), Span(clean(".".join(self.namespace)) or "everything", "key")]
        if store.filter:
            spans += [Span("  filter ", "muted"), Span(clean(str(dict(store.filter)), 100), "accent")]
        if store.query:
            spans += [Span("  nearest to ", "muted"), Span(f"“{clean(store.query, 80)}”", "accent")]
            if store.items and not is_ranked(store.items):
                spans.append(Span("  this server has no index: the order means nothing", "warn"))
        if store.why_unread:
            spans = [Span(f" {store.why_unread}", "err")]
        self.say("above", tuple(spans))

    # -- going about --------------------------------------------------------------------------------------------

    def action_other_side(self) -> None:
        (self.items if self.namespaces.has_focus else self.namespaces).focus()

    def on_resource_table_left(self) -> None:
        self.namespaces.focus()

    def action_back(self) -> None:
        """Clear the selection of text, stop what is loaded for a search; take back search and filter first."""
        if self.list.drag.clear() or self.list.stop_loading():
            return
        if not self.list.filter_text and (self.store.query or self.store.filter):
            self.store.query, self.store.filter = "", {}
            self.start(self._read_items(), group="store-items")
        else:
            super().action_back()

    def worded(self, hints: list[KeyHint]) -> list[KeyHint]:
        if not self.is_built or self.list.filter_text or not (self.store.query or self.store.filter):
            return super().worded(hints)
        word = "Clear search" if self.store.query else "Clear filter"
        return [replace(hint, word=word) if hint.id == "page-back" else hint for hint in hints]

    def on_resource_table_opened(self, event: ItemTable.Opened) -> None:
        item = event.item
        if not isinstance(item, StoreItem):
            self.items.focus()
            return
        namespace: list[Json] = list(item.namespace)
        value: Json = {"namespace": namespace, "key": item.key, "updated_at": item.stamp, "value": item.value}
        self.services.go(DetailScreen(f"{'.'.join(item.namespace)}/{item.key}", value))

    def action_edit(self) -> None:
        item = self.items.current
        if item is not None:
            self.start(self.editor.edit(item.namespace, item.key), opens=True)

    def action_new(self) -> None:
        self.start(self.editor.new(self.namespace), opens=True)

    def action_delete(self) -> None:
        item = self.items.current
        if item is not None:
            self.start(self._delete(item))

    async def _delete(self, item: StoreItem) -> None:
        if await self.editor.delete(item):
            await self._refresh()

    def action_ask(self) -> None:
        self.start(self._ask())

    async def _ask(self) -> None:
        where = clean(".".join(self.namespace)) or "the whole store"
        prompt = PromptDialog("Search by meaning", f"Items of {where} nearest to:", self.store.query)
        query = await self.services.ask(prompt)
        if query is not None:
            self.store.query = query.strip()
            await self._read_items()
            self.items.action_first_row()

    def action_filter(self) -> None:
        self.start(self._ask_filter())

    async def _ask_filter(self) -> None:
        label = 'key=value of the item\'s value, or JSON: kind=note   {"kind": "note"}'
        text = await self.services.ask(CheckedPrompt("Filter items", label, "", parse_pairs))
        if text is not None:
            self.store.filter = parse_pairs(text)
            await self._read_items()
