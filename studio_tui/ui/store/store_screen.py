"""The long-term store (`M`): namespaces at the left, items at the right; search, make, edit, delete."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from studio_tui.core.store import Namespace, StoreItem, StoreItems, is_ranked, tree_of
from studio_tui.domain.thread_query import parse_pairs
from studio_tui.errors import StudioError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.present.store import ItemRows, NamespaceRows
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt, PromptDialog
from studio_tui.ui.kit.lists.paged_view import Loaded, PagedTable
from studio_tui.ui.kit.terminal.safe import set_title
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.resource import Key, ResourceScreen, bound
from studio_tui.ui.store.editing import StoreEditing

SETTLE = 0.12
"""Seconds that the cursor rests on a namespace before its items are read."""


class NamespaceTable(PagedTable):
    """The tree of namespaces."""

    NOUN: ClassVar[tuple[str, str]] = ("namespace", "namespaces")

    class Picked(Message):
        """The cursor stands on another namespace."""

    class Entered(Message):
        """Go to the items."""

    def __init__(self, rows: NamespaceRows, *, id: str | None = None) -> None:
        self.tree_rows = rows
        self.listed = 0
        """Namespaces that have been read, whatever is folded."""
        super().__init__(rows, id=id)

    def loaded(self) -> Loaded:
        """Return how many namespaces are loaded."""
        return Loaded(self.listed, None, self.has_more, self._reading, "namespaces")

    def summary(self) -> str:
        """Return how many namespaces there are."""
        return plural(len(self.rows) - 1, *self.NOUN) + (" and more" if self.has_more else "")

    def row_moved(self, row: int | None) -> None:  # noqa: ARG002 - the screen asks
        """Tell that the items are to follow."""
        self.post_message(self.Picked())

    def open_row(self, row: int) -> None:  # noqa: ARG002 - the screen asks
        """Go to the items."""
        self.post_message(self.Entered())

    def fold_row(self, row: int) -> None:
        """Fold the namespace, or go to its parent."""
        item = self.tree_rows.shown[row]
        if item in self.tree_rows.folded or not self._fold(item, row):
            parent = self.tree_rows.shown.index(item[:-1]) if len(item) > 1 else 0
            self.move_to_row(parent)

    def unfold_row(self, row: int) -> None:
        """Unfold the namespace, or go to the items."""
        item = self.tree_rows.shown[row]
        if item in self.tree_rows.folded:
            self.tree_rows.folded.discard(item)
            self._laid_out()
        else:
            self.post_message(self.Entered())

    def toggle_row(self, row: int) -> None:
        """Fold or unfold."""
        item = self.tree_rows.shown[row]
        if item in self.tree_rows.folded:
            self.unfold_row(row)
        else:
            self._fold(item, row)

    def row_anchor(self, row: int) -> Hashable:
        """Return the namespace."""
        return self.tree_rows.shown[row]

    def row_of(self, anchor: Hashable) -> int | None:
        """Return where a namespace is now."""
        return next((row for row, item in enumerate(self.tree_rows.shown) if item == anchor), None)

    def _fold(self, item: Namespace, row: int) -> bool:
        below = row + 1 < len(self.rows) and self.tree_rows.shown[row + 1][: len(item)] == item
        if not item or not below:
            return False
        self.tree_rows.folded.add(item)
        self._laid_out()
        return True

    def _laid_out(self) -> None:
        with self.keeping_place():
            self.tree_rows.fold()


class ItemTable(PagedTable):
    """The items of a namespace."""

    NOUN: ClassVar[tuple[str, str]] = ("item", "items")

    class Opened(Message):
        """Show this item."""

        def __init__(self, item: StoreItem) -> None:
            super().__init__()
            self.item = item

    class Left(Message):
        """Go to the namespaces."""

    def __init__(self, rows: ItemRows, *, id: str | None = None) -> None:
        self.item_rows = rows
        self.words = "Reading the items …"
        super().__init__(rows, id=id)

    def empty_text(self) -> str:
        """Say why there is nothing."""
        return self.words

    def row_anchor(self, row: int) -> Hashable:
        """Return namespace and key."""
        item = self.item_rows.items[row]
        return (item.namespace, item.key)

    def row_of(self, anchor: Hashable) -> int | None:
        """Return where an item is now."""
        return self.item_rows.row_of(anchor)

    def open_row(self, row: int) -> None:
        """Ask for the item in full."""
        self.post_message(self.Opened(self.item_rows.items[row]))

    def fold_row(self, row: int) -> None:  # noqa: ARG002 - whichever row it is
        """Go to the namespaces."""
        self.post_message(self.Left())

    def yank(self) -> tuple[str, str] | None:
        """Return the item as JSON."""
        from studio_tui.jsonkit.typed import print_json

        return None if self.row is None else (print_json(self.item_rows.items[self.row].value), "the value as JSON")


class StoreScreen(StoreEditing, ResourceScreen):
    """The store of the server."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "", "open", "Show the item in full; on a namespace, go to its items."),
        Key("tab", "other_side", "other side", "Go from namespaces to items and back."),
        Key("e", "edit", "edit", "Edit the value in $EDITOR; it is checked before it is written.", True),
        Key("A", "new", "new", "Make an item: namespace, key, then the value in $EDITOR.", True),
        Key("D", "delete", "delete", "Delete the item.", True),
        Key(
            "s", "ask", "search by meaning", "Ask in words; the server gives the nearest items, where it has an index."
        ),
        Key("f", "filter", "filter", "Show only items whose value holds key=value, or a JSON object."),
        Key("y", "copy", "copy", "Copy the item's value as JSON."),
        Key("r,ctrl+r", "refresh", "", "Read the store again."),
        Key("M", "close", "", "Go back."),
    )
    LINES_ABOVE: ClassVar[int] = 1
    BINDINGS: ClassVar[list[BindingType]] = [*bound(KEYS), Binding("shift+tab", "other_side", show=False)]
    DEFAULT_CSS = """
    StoreScreen #store-sides { height: 1fr; }
    StoreScreen #store-namespaces { width: 30%; max-width: 40; }
    """
    heading = "Store"

    def __init__(self, prefix: Namespace = ()) -> None:
        super().__init__()
        self._start = prefix
        self._query = ""
        self._filter: JsonObject = {}
        self._asked = 0
        self._problem = ""

    def body(self) -> ComposeResult:
        """Lay out both lists."""
        self.book = StoreItems(self.services.studio.connection.call)
        self._tree, self._rows = NamespaceRows(), ItemRows()
        self.namespaces = NamespaceTable(self._tree, id="store-namespaces")
        self.items = ItemTable(self._rows, id="store-items")
        self.list = self.items
        with Horizontal(id="store-sides"):
            for table in (self.namespaces, self.items):
                table.add_class("over-list")
                yield table

    def clock_panels(self) -> Iterator[Widget]:
        """Return what the frame clock draws."""
        if self.is_built:
            yield from (self.namespaces, self.items)

    def on_mount(self) -> None:
        """Read namespaces and items."""
        super().on_mount()
        set_title(self.namespaces, "Namespaces")
        self._tree.signs = self._rows.signs = self.items.glyphs
        self.namespaces.rows_changed(0)
        self.namespaces.focus()
        self.action_refresh()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Search and copy work on the side in use."""
        if isinstance(event.widget, (NamespaceTable, ItemTable)):
            self.list = event.widget

    @property
    def namespace(self) -> Namespace:
        """The namespace under the cursor."""
        row = self.namespaces.row
        return () if row is None else self._tree.shown[row]

    @property
    def current(self) -> StoreItem | None:
        """The item under the cursor."""
        return None if self.items.row is None else self._rows.items[self.items.row]

    def action_refresh(self) -> None:
        """Read the store again."""
        self.start(self._refresh(), "reading the store", group="store-tree")

    async def _refresh(self) -> None:
        try:
            found = await self.book.namespaces()
        except StudioError as error:
            self._fail(error)
            raise
        self._show_namespaces(found)
        if self._start:
            row = self.namespaces.row_of(self._start)
            self._start = ()
            if row is not None:
                self.namespaces.move_to_row(row)
        await self.read_items()

    def _show_namespaces(self, found: list[Namespace]) -> None:
        with self.namespaces.keeping_place():
            self._tree.show(tree_of(found))
        self.namespaces.listed = len(found)
        self.namespaces.page_came(has_more=self.book.more_namespaces)

    async def _further_namespaces(self) -> None:
        with self.namespaces.expecting_page():
            found = await self.book.further_namespaces()
        self._show_namespaces(found)

    async def read_items(self) -> None:
        """Read the first page of the namespace under the cursor; an answer that comes too late is dropped."""
        self._asked += 1
        asked, prefix = self._asked, self.namespace
        try:
            items, more = await self.book.items(prefix, query=self._query, filter=self._filter)
        except StudioError as error:
            if asked == self._asked:
                self._fail(error)
            raise
        if asked != self._asked:
            return
        self._problem = ""
        self.items.words = "Nothing matches." if self._query or self._filter else "There are no items here."
        with self.items.keeping_place():
            self._rows.items, self._rows.prefix, self._rows.now = items, prefix, time.time()
        self.items.page_came(has_more=more)
        set_title(self.items, clean(".".join(prefix)) or "Items")
        self.tell_above()

    def _fail(self, error: StudioError) -> None:
        self._problem = clean(str(error), 200)
        self.items.words = f"The store could not be read: {self._problem}"
        self.items.rows_changed(0)
        self.items.page_failed()
        self.tell_above()

    def on_namespace_table_picked(self) -> None:
        """Read the items once the cursor rests."""
        self._asked += 1
        asked = self._asked
        self.set_timer(SETTLE, lambda: self._settled(asked))

    def _settled(self, asked: int) -> None:
        if asked == self._asked:
            self.start(self.read_items(), "reading the items", group="store-items")

    def on_paged_table_more_wanted(self, event: PagedTable.MoreWanted) -> None:
        """Read the next page."""
        if event.table is self.namespaces:
            self.start(self._further_namespaces(), "reading more namespaces", group="store-more-namespaces")
        else:
            self.start(self._more(), group="store-more")

    async def _more(self) -> None:
        asked = self._asked
        try:
            items, more = await self.book.items(
                self._rows.prefix, query=self._query, filter=self._filter, offset=len(self._rows.items)
            )
        except BaseException:
            if asked == self._asked:
                self.items.page_failed()
            raise
        if asked == self._asked:
            self._rows.items = [*self._rows.items, *items]
            self.items.rows_changed()
            self.items.page_came(has_more=more)

    def tell_above(self) -> None:
        """Say what is shown, and what the server makes of a search."""
        if not self.is_mounted:
            return
        spans = [Span(" "), Span(clean(".".join(self.namespace)) or "everything", "key")]
        if self._filter:
            spans += [Span("  filter ", "muted"), Span(clean(str(dict(self._filter)), 100), "accent")]
        if self._query:
            spans += [Span("  nearest to ", "muted"), Span(f"“{clean(self._query, 80)}”", "accent")]
            if self._rows.items and not is_ranked(self._rows.items):
                spans.append(Span("  this server has no index: the order means nothing", "warn"))
        if self._problem:
            spans = [Span(f" {self._problem}", "err")]
        self.say("above", tuple(spans))

    # -- going about --------------------------------------------------------------------------------------------

    def action_other_side(self) -> None:
        """Go to the other list."""
        (self.items if self.namespaces.has_focus else self.namespaces).focus()

    def on_namespace_table_entered(self) -> None:
        """Go to the items."""
        self.items.focus()

    def on_item_table_left(self) -> None:
        """Go to the namespaces."""
        self.namespaces.focus()

    def action_back(self) -> None:
        """Clear the selection of text, stop what is loaded for a search; take back search and filter first."""
        if self.list.clear_selection() or self.list.stop_loading():
            return
        if not self.list.filter_text and (self._query or self._filter):
            self._query, self._filter = "", {}
            self.start(self.read_items(), group="store-items")
        else:
            super().action_back()

    def on_item_table_opened(self, event: ItemTable.Opened) -> None:
        """Show the item in full."""
        item = event.item
        value: Json = {
            "namespace": list(item.namespace),
            "key": item.key,
            "updated_at": item.stamp,
            "value": item.value,
        }
        self.app.push_screen(DetailScreen(f"{'.'.join(item.namespace)}/{item.key}", value))

    def action_ask(self) -> None:
        """Search by meaning."""
        self.start(self._ask())

    async def _ask(self) -> None:
        where = clean(".".join(self.namespace)) or "the whole store"
        query = await self.services.ask(PromptDialog("Search by meaning", f"Items of {where} nearest to:", self._query))
        if query is not None:
            self._query = query.strip()
            await self.read_items()
            self.items.action_first_row()

    def action_filter(self) -> None:
        """Filter by values."""
        self.start(self._ask_filter())

    async def _ask_filter(self) -> None:
        label = 'key=value of the item\'s value, or a JSON object: kind=note   {"kind": "note"}'
        text = await self.services.ask(CheckedPrompt("Filter items", label, "", parse_pairs))
        if text is not None:
            self._filter = parse_pairs(text)
            await self.read_items()
