"""The assistants view (`a`): the list by graph, the details and versions of one, and all that can be done with them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget

from studio_tui.core.assistants.form import Setting, declared_settings
from studio_tui.core.assistants.versions import KnownVersions
from studio_tui.domain.assistant import Assistant
from studio_tui.present.assistants import ORDERS, AssistantRows, date, detail_lines
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.assistants.actions import AssistantActions
from studio_tui.ui.assistants.commands import AROUND, BAR, VIEW, assistants_bar
from studio_tui.ui.assistants.lists import AssistantsView, DetailsView, VersionsView
from studio_tui.ui.commands.command_line import CommandLine
from studio_tui.ui.commands.key_bar import KeyBar, key_hints
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.key_line import KeyHint
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.safe import set_title
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.over import OverScreen
from studio_tui.ui.screens.resource import ResourceScreen

WIDE = 100
"""Columns from which the list and the details stand side by side."""


_ON_VERSIONS = {"list-toggle-row": "Mark", "assistant-use": "Show", "assistant-versions": "List"}
_ON_GRAPH = {"assistant-use": "Fold"}
"""What keys do elsewhere than on an assistant."""


class AssistantsScreen(ResourceScreen):
    """All assistants. What its keys do is reached through the commands of the registry."""

    CSS_PATH = "assistants.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*VIEW, *AROUND))
    AUTO_FOCUS = "AssistantsView"
    area, bar = "assistants", BAR

    def compose(self) -> ComposeResult:
        self.heading = "Assistants"
        self._rows = AssistantRows()
        self.list = self.assistants = AssistantsView(self._rows, self.services.studio.assistants, id="assistants")
        self.tables = [self.assistants]
        self._settings: dict[str, tuple[Setting, ...]] = {}
        """By graph, what it declares; read for what is looked at."""
        self._details = DetailsView(id="assistant-details")
        self.known = KnownVersions(self.services.studio.versions, self._tell)
        self.versions = VersionsView(self.known, id="assistant-versions")
        self.keys = KeyBar(self.key_hints, id="keys")
        self.actions = AssistantActions(self)
        self.assistants.add_class("over-list")
        yield from OverScreen.above(self)
        with Container(id="assistants-body"):
            yield self.assistants
            with Vertical(id="assistants-side"):
                yield self._details
                yield self.versions
        yield CommandLine(id="line")
        yield self.keys

    def on_mount(self) -> None:
        set_title(self._details, "Details")
        set_title(self.versions, with_keys(self, "{assistant-versions} Versions"))
        self.draw()
        if chosen := self.services.app_state.assistant_id:
            # Where the row stands on the screen is known once the list has its height.
            self.call_after_refresh(self.assistants.go_to, chosen)

    def clock_panels(self) -> Iterator[Widget]:
        if self.is_built:
            yield self.status
            yield self.list
            yield self.keys

    def key_hints(self) -> list[KeyHint]:
        """Return what the bottom row shows: by the part that has the focus, and what its cursor is on."""
        on_versions, on_text = self.versions.has_focus, self._details.has_focus
        words = _ON_VERSIONS if on_versions else _ON_GRAPH if self.assistants.selected is None else {}
        ids = assistants_bar(on_versions=on_versions)
        if on_text:
            ids = tuple(name for name in ids if name != "assistant-use")
        hints = key_hints(self.services.context(), ids, words)
        known = self.known.of(self.known.item)
        if known is not None and len(known.items) < 2 and not known.problem:  # one version only
            idle = ("assistant-diff",) if known.drift.changes else ("assistant-diff", "assistant-current")
            hints = [replace(hint, able=hint.able and hint.id not in idle) for hint in hints]
        return hints if on_versions or on_text else self.worded(hints)  # from these parts esc leads to the list

    def on_descendant_focus(self) -> None:
        self.keys.look()

    def on_resize(self) -> None:
        """Put the details below the list where they do not fit beside it."""
        self.set_class(self.size.width < WIDE, "-narrow")

    def action_act(self, name: str) -> None:
        command = self.services.commands[f"assistant-{name}"]
        if (outcome := self._begun(name)) is not None:
            self.services.work.start(outcome, command.title, opens=command.opens)

    def _begun(self, name: str) -> Awaitable[None] | None:
        here: dict[str, Callable[[], Awaitable[None] | None]] = {
            "use": self._use,
            "versions": self._switch_list,
            "order": self._next_order,
            "reload": self._reload,
        }
        return here[name]() if name in here else self.actions.begin(name)

    # -- what is shown ------------------------------------------------------------------------------------------

    @on(AssistantsView.Moved)
    def _moved(self) -> None:
        self.keys.look()
        if self.known.look_at(self.assistants.selected):
            self.once_at_rest(self._read_selected)

    def _tell(self) -> None:
        """Show what is known of the assistant that is looked at."""
        if not self.is_attached:
            return
        item, known, hint = self.known.item, self.known.of(self.known.item), self.services.commands.hint
        self.versions.show()
        self.keys.look()
        if item is None:
            self._details.show(self._group_words())
        else:
            settings = self._settings.get(item.graph_id)
            self._details.show(detail_lines(item, known, self.versions.unread(), time.time(), hint, settings))
        set_title(self._details, clean(item.name[:60]) or "Details" if item is not None else "Details")

    def _group_words(self) -> list[tuple[Span, ...]]:
        row = self.assistants.current
        if row is None:
            return []
        words = with_keys(self, "{assistant-use} folds the graph · {assistant-new} makes an assistant of it")
        return [(Span(clean(row.graph_id[:200]), "title"),), (Span(words, "muted"),)]

    def _read_selected(self) -> None:
        if self.known.of(self.known.item) is None:
            self.start(self.versions.read(), "reading the versions", group="assistant")
        item = self.known.item
        if item is not None and item.graph_id not in self._settings:
            self.start(self._read_settings(item), group="assistant-settings")

    async def _read_settings(self, item: Assistant) -> None:
        """Read what the graph of an assistant can be set to."""
        self._settings[item.graph_id] = declared_settings(
            await self.services.studio.versions.schemas(item.assistant_id)
        )
        self._tell()

    def draw(self) -> None:
        self.assistants.draw(self.services.app_state, self.assistants.slices)

    # -- going about --------------------------------------------------------------------------------------------

    def on_resource_table_opened(self) -> None:
        self.action_act("use")

    def _open_version(self) -> None:
        versions, item = self.known.shown, self.versions.current
        if versions is not None and item is not None:
            title = f"{clean(item.name, 60)} · version {item.version} · {date(item.created_at)}"
            self.services.go(DetailScreen(title, dict(versions.content_of(item).value)))

    def _use(self) -> Awaitable[None] | None:
        if self.versions.has_focus:
            self._open_version()
            return None
        item = self.assistants.selected
        return None if item is None else self.actions.use(item)

    def _switch_list(self) -> None:
        if self.versions.has_focus:
            self.assistants.focus()
            self.remove_class("-versions")
        else:
            self.add_class("-versions")
            self.versions.focus()

    def action_back(self) -> None:
        if isinstance(self.focused, LineView) and self.focused.drag.clear():
            return
        if self._busy_with and self.services.work.cancel_newest():  # the bottom row says so
            return
        if self.versions.has_focus or self._details.has_focus:
            self.assistants.focus()
            self.remove_class("-versions")
        elif self._rows.wanted:
            self.assistants.set_filter("")
            self.keys.look()
        else:
            self.dismiss()

    def _next_order(self) -> None:
        self._rows.order = ORDERS[(ORDERS.index(self._rows.order) + 1) % len(ORDERS)]
        self.assistants.rearrange()

    async def _reload(self) -> None:
        self.known.clear()
        await self.services.studio.assistants.refresh()
        self.known.look_at(self.assistants.selected)
        await self.versions.read()
