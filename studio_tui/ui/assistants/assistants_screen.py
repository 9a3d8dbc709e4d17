"""The assistants view (`a`): the list by graph, the details and versions of one, and all that can be done with them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.timer import Timer
from textual.widget import Widget

from studio_tui.core.assistants.form import form_of
from studio_tui.core.assistants.versions import Versions
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.assistant_content import content_of, run_settings
from studio_tui.domain.ids import AssistantId
from studio_tui.errors import StudioError
from studio_tui.present.assistants import ORDERS, AssistantRows, VersionRows, date, detail_lines
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.assistants.commands import AROUND, BAR, VIEW
from studio_tui.ui.assistants.form_screen import AssistantFormScreen, FormPurpose
from studio_tui.ui.assistants.lists import AssistantsView, DetailsView, DifferencesView, VersionsView
from studio_tui.ui.commands.command_line import CommandLine
from studio_tui.ui.commands.key_bar import KeyBar
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.intents import DetailWanted
from studio_tui.ui.kit.dialogs.dialogs import PromptDialog, TypedConfirmDialog
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.paged_view import PagedTable
from studio_tui.ui.kit.terminal.safe import set_title
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.over import OverScreen

WIDE = 100
"""Columns from which the list and the details stand side by side."""
_READ_AFTER = 0.12
"""Seconds that the cursor rests on a row before its versions are read."""


class AssistantsScreen(OverScreen):
    """All assistants. What its keys do is reached through the commands of the registry."""

    CSS_PATH = "assistants.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*VIEW, *AROUND))
    AUTO_FOCUS = "AssistantsView"
    heading = "Assistants · / search · o sort"
    area, bar = "assistants", BAR

    def __init__(self) -> None:
        super().__init__()
        self._rows = AssistantRows()
        self._assistants = AssistantsView(self._rows, id="assistants")
        self._details = DetailsView(id="assistant-details")
        self._versions = VersionsView(VersionRows(), id="assistant-versions")
        self._keys = KeyBar(id="keys")
        self._known: dict[AssistantId, Versions] = {}
        self._timer: Timer | None = None

    def view(self) -> LineView:
        """Return the list."""
        return self._assistants

    def compose(self) -> ComposeResult:
        """Lay out the list, the details with the versions below, and the keys."""
        self.list = self.view()
        self.list.add_class("over-list")
        with Container(id="assistants-body"):
            yield self.list
            with Vertical(id="assistants-side"):
                yield self._details
                yield self._versions
        yield CommandLine(id="line")
        yield self._keys

    def on_mount(self) -> None:
        """Show what is known already, and read the list again."""
        app = self.services
        for view, title in ((self._assistants, self.heading), (self._details, "Details"), (self._versions, "Versions")):
            set_title(view, title)
        self._rows.signs = self._versions.versions.signs = self.list.glyphs
        self._keys.show(BAR)
        self._assistants.draw(app.studio.app_state, self._assistants.slices)
        if app.studio.app_state.assistant_id:
            # Where the row stands on the screen is known once the list has its height.
            self.call_after_refresh(self._assistants.go_to, app.studio.app_state.assistant_id)
        app.work.start(app.studio.assistants.refresh(), "reading the assistants", group="assistants")

    def clock_panels(self) -> Iterator[Widget]:
        """Return what the frame clock draws."""
        if self.is_built:
            yield self.list
            yield self._keys

    def on_resize(self, event: events.Resize) -> None:
        """Put the details below the list where they do not fit beside it."""
        self.set_class(event.size.width < WIDE, "-narrow")

    @property
    def selected(self) -> Assistant | None:
        """The assistant under the cursor."""
        row = self._assistants.row
        return None if row is None else self._rows.assistant(row)

    def act(self, name: str) -> Awaitable[None] | None:
        """Do what the command `assistant-<name>` says."""
        actions: dict[str, Callable[[], Awaitable[None] | None]] = {
            "use": self._use,
            "edit": self._edit,
            "new": self._new,
            "run": self._run_with,
            "versions": self._switch_list,
            "diff": self._diff,
            "current": self._set_current,
            "duplicate": self._duplicate,
            "delete": self._delete,
            "order": self._next_order,
            "reload": self._reload,
        }
        return actions[name]()

    # -- what is shown ------------------------------------------------------------------------------------------

    @on(AssistantsView.Moved)
    def _moved(self) -> None:
        item = self.selected
        known = self._known_of(item)
        self._show(item, known)
        if item is not None and known is None:
            if self._timer is not None:
                self._timer.stop()
            self._timer = self.set_timer(_READ_AFTER, self._read_selected)

    def _known_of(self, item: Assistant | None) -> Versions | None:
        known = self._known.get(item.assistant_id) if item is not None else None
        return known if known is not None and known.assistant == item else None

    def _show(self, item: Assistant | None, versions: Versions | None) -> None:
        now = time.time()
        self._details.show(detail_lines(item, versions, now) if item is not None else self._group_words())
        same = versions is not None or item is None
        if same:
            self._versions.show(versions)
        elif self._versions.versions.versions is not None and item is not None:
            shown = self._versions.versions.versions.assistant.assistant_id
            if shown != item.assistant_id:
                self._versions.show(None)
        set_title(self._details, clean(item.name[:60]) or "Details" if item is not None else "Details")

    def _group_words(self) -> list[tuple[Span, ...]]:
        row = self._assistants.row
        if row is None:
            return []
        graph = clean(self._rows.graph(row)[:200])
        return [(Span(graph, "title"),), (Span("enter folds the graph · A makes an assistant of it", "muted"),)]

    def _read_selected(self) -> None:
        self._timer = None
        item = self.selected
        if item is not None and self._known_of(item) is None:
            self.services.work.start(self._load(item.assistant_id), "reading the versions", group="assistant")

    async def _load(self, assistant_id: AssistantId) -> None:
        await self._read(assistant_id)

    async def _read(self, assistant_id: AssistantId) -> Versions:
        before = self._known.get(assistant_id)
        versions = await self.services.studio.versions.read(assistant_id)
        now = self._known.get(assistant_id)
        if now is not None and now is not before and now.newest >= versions.newest:
            return now  # something was saved while the answer was on its way
        self._take(versions)
        return versions

    def _take(self, versions: Versions, words: str = "") -> None:
        """Show an assistant that was read again, and tell what there is to tell."""
        self._known[versions.assistant.assistant_id] = versions
        self._assistants.draw(self.services.studio.app_state, self._assistants.slices)
        if words:
            self.services.tell(words, "warning")

    @on(PagedTable.MoreWanted)
    def _more_wanted(self) -> None:
        self.services.work.start(self._more(), "reading more assistants", group="more-assistants")

    async def _more(self) -> None:
        """Read the next assistants, for a search or on the way to the end."""
        with self._assistants.expecting_page():
            await self.services.studio.assistants.more()
        app_state = self.services.studio.app_state
        self._assistants.draw(app_state, self._assistants.slices)
        self._assistants.page_came(has_more=app_state.more_assistants)

    @on(DetailWanted)
    def _detail(self, event: DetailWanted) -> None:
        self.app.push_screen(DetailScreen(event.title, event.value))

    # -- going about --------------------------------------------------------------------------------------------

    @on(AssistantsView.Opened)
    def _opened(self) -> None:
        self.services.perform("assistant-use")

    @on(VersionsView.Opened)
    def _version_opened(self) -> None:
        versions, number = self._versions.versions.versions, self._versions.number
        if versions is not None and number is not None:
            item = versions.wanted(number)
            title = f"{clean(item.name, 60)} · version {number} · {date(item.created_at)}"
            self.app.push_screen(DetailScreen(title, dict(versions.content_of(item).value)))

    def _use(self) -> Awaitable[None] | None:
        if self._versions.has_focus:
            self._version_opened()
            return None
        item = self.selected
        return None if item is None else self._choose(item)

    async def _choose(self, item: Assistant) -> None:
        app = self.services
        if not await app.opening.choose_assistant(item.assistant_id):
            return
        self._clear_overrides()
        self.dismiss()
        app.tell(f"Runs use {clean(item.name, 60)} now.")

    def _clear_overrides(self) -> None:
        """Settings for one run belonged to the assistant before."""
        app_state = self.services.app_state
        config = {key: part for key, part in app_state.next_run.config.items() if key != "configurable"}
        app_state.set_next_run(replace(app_state.next_run, context={}, config=config))

    def _switch_list(self) -> None:
        if self._versions.has_focus:
            self._assistants.focus()
            self.remove_class("-versions")
        else:
            self.add_class("-versions")
            self._versions.focus()

    def action_back(self) -> None:
        """Clear the selection of text, go back to the list, clear the search, or leave."""
        if isinstance(self.focused, LineView) and self.focused.clear_selection():
            return
        if self._versions.has_focus or self._details.has_focus:
            self._assistants.focus()
            self.remove_class("-versions")
        elif self._rows.wanted:
            self._assistants.set_filter("")
        else:
            self.dismiss()

    def _next_order(self) -> None:
        self._rows.order = ORDERS[(ORDERS.index(self._rows.order) + 1) % len(ORDERS)]
        self._assistants.rearrange()

    async def _reload(self) -> None:
        self._known.clear()
        await self.services.studio.assistants.refresh()
        item = self.selected
        if item is not None:
            await self._read(item.assistant_id)

    # -- versions -----------------------------------------------------------------------------------------------

    def _picked_version(self) -> int | None:
        return self._versions.number if self._versions.has_focus else None

    async def _diff(self) -> None:
        item = self.selected
        if item is None:
            return
        versions = self._known_of(item) or await self._read(item.assistant_id)
        new = self._picked_version() or versions.assistant.version
        older = [found.version for found in versions.items if found.version < new]
        mark = self._versions.versions.mark
        old = mark if mark is not None and mark != new else max(older, default=0)
        if not old:
            self.services.tell("There is no earlier version to compare with; space marks another one.", "warning")
            return
        title = f"{clean(item.name, 60)} · version {old} → version {new}"
        self.app.push_screen(DiffScreen(title, versions, old, new))

    async def _set_current(self) -> None:
        item = self.selected
        if item is None:
            return
        app, versions = self.services, await self._read(item.assistant_id)
        number = self._picked_version() or await self._ask_version(versions)
        if number is None:
            return
        if number == versions.assistant.version and not versions.drift.changes:
            app.tell(f"Version {number} is the current one already.")
            return
        changed = await app.studio.versions.set_current(item.assistant_id, number)
        self._take(changed.versions, changed.words)
        if not changed.words:
            app.tell(f"Version {number} of {clean(item.name, 60)} is the current one now.")

    async def _ask_version(self, versions: Versions) -> int | None:
        now = versions.assistant.version
        choices = [
            PickerChoice(str(item.version), f"version {item.version}", date(item.created_at), item.version == now)
            for item in versions.items
        ]
        answer = await self.services.ask(PickerDialog("Which version is to be the current one?", choices))
        return int(answer) if answer else None

    # -- running ------------------------------------------------------------------------------------------------

    async def _run_with(self) -> None:
        item, number = self.selected, self._picked_version()
        if item is None:
            return
        app = self.services
        versions = self._known_of(item) or await self._read(item.assistant_id)
        if not await app.opening.choose_assistant(item.assistant_id):
            return
        self._clear_overrides()
        if number is not None and (number != item.version or versions.drift.changes):
            await self._override(versions, number)
        self.dismiss()
        app.studio_screen.focus_composer()

    async def _override(self, versions: Versions, number: int) -> None:
        """Have the next runs send what another version holds: the current one stays what it is."""
        app = self.services
        form = form_of(await app.studio.versions.schemas(versions.assistant.assistant_id), versions.dialect)
        now = content_of(versions.assistant, versions.dialect)
        settings = run_settings(now, versions.content_of(versions.wanted(number)), form.defaults)
        options = app.app_state.next_run
        limit = settings.recursion_limit or options.recursion_limit
        config = {**options.config, **settings.config}
        app.app_state.set_next_run(replace(options, context=settings.context, config=config, recursion_limit=limit))
        said = f"The next runs send the settings of version {number}; ctrl+o shows them."
        if settings.stuck:
            names = ", ".join(clean(name, 40) for name in settings.stuck[:4])
            app.tell(f"{said} Not unset: {names}. The server adds the current version's.", "warning")
        else:
            app.tell(said)

    # -- writing ------------------------------------------------------------------------------------------------

    async def _edit(self) -> None:
        item = self.selected
        if item is None:
            return
        app = self.services
        versions = await self._read(item.assistant_id)
        schemas = await app.studio.versions.schemas(item.assistant_id)
        await self._form(FormPurpose(item.graph_id, form_of(schemas, versions.dialect), versions))

    async def _new(self) -> None:
        app_state = self.services.studio.app_state
        row = self._assistants.row
        here = self._rows.graph(row) if row is not None else ""
        graphs = sorted({item.graph_id for item in app_state.assistants}, key=str.lower)
        graph = graphs[0] if len(graphs) == 1 else await self.services.ask(
            PickerDialog(
                "Graph of the new assistant", [PickerChoice(name, name, current=name == here) for name in graphs]
            )
        )  # fmt: skip
        if not graph:
            return
        own = [item for item in app_state.assistants if item.graph_id == graph]
        model = next((item for item in own if item.is_default), own[0])
        schemas = await self.services.studio.versions.schemas(model.assistant_id)
        assert app_state.server is not None
        await self._form(FormPurpose(graph, form_of(schemas, app_state.server.dialect), None))

    async def _form(self, editing: FormPurpose) -> None:
        changed = await self.services.ask(AssistantFormScreen(editing))
        if changed is None:
            return
        self._take(changed.versions, changed.words)
        self._assistants.go_to(changed.assistant.assistant_id)
        name = clean(changed.assistant.name, 60)
        what = f"Version {changed.assistant.version} of {name} is saved." if editing.versions else f"{name} is made."
        self.services.tell(what)

    async def _duplicate(self) -> None:
        item = self.selected
        if item is None:
            return
        app = self.services
        dialog = PromptDialog("Duplicate the assistant", "Name of the copy:", f"{clean(item.name, 200)} copy")
        name = (await app.ask(dialog) or "").strip()
        if name:
            changed = await app.studio.versions.duplicate(item.assistant_id, name)
            self._take(changed.versions, changed.words)
            self._assistants.go_to(changed.assistant.assistant_id)
            app.tell(f"{clean(name, 60)} is made, with the settings of {clean(item.name, 60)}.")

    async def _delete(self) -> None:
        item = self.selected
        if item is None:
            return
        app, versions = self.services, await self._read(item.assistant_id)
        count = plural(len(versions.items), "version") if not versions.problem else "all its versions"
        text = (
            f"Assistant {clean(item.name, 80)} with {count} is deleted on the server, and its crons with it.\n"
            "Its threads stay. This cannot be undone."
        )
        if item.is_default:
            text += "\nIt is the default assistant of its graph: without it, the graph may vanish from lists."
        if not await app.ask(TypedConfirmDialog("Delete the assistant?", text, "delete")):
            return
        await app.studio.versions.delete(item.assistant_id)
        self._known.pop(item.assistant_id, None)
        self._assistants.draw(app.studio.app_state, self._assistants.slices)
        app.tell(f"{clean(item.name, 60)} is deleted, {count}.")
        await self._select_another()

    async def _select_another(self) -> None:
        """Runs need an assistant: when the selected one is gone, the first one takes its place."""
        app_state = self.services.studio.app_state
        if app_state.assistant_id is None and app_state.assistants:
            try:
                await self.services.opening.choose_assistant(app_state.assistants[0].assistant_id)
            except StudioError as error:
                self.services.tell_error(error)


class DiffScreen(OverScreen):
    """How one version differs from another."""

    hints = "esc back · enter unfold · / search · y copy"

    def __init__(self, title: str, versions: Versions, old: int, new: int) -> None:
        super().__init__()
        self.heading = title
        self._found = versions.diff(old, new)
        ends = [date(versions.wanted(number).created_at) for number in (old, new)]
        self._words = f"version {new} ({ends[1]}) against version {old} ({ends[0]})"

    def view(self) -> LineView:
        """Return the differences."""
        return DifferencesView(self._words, self._found, id="differences")

    def on_mount(self) -> None:
        """Name the list."""
        set_title(self.list, self.heading)

    @on(DetailWanted)
    def _detail(self, event: DetailWanted) -> None:
        self.app.push_screen(DetailScreen(event.title, event.value))
