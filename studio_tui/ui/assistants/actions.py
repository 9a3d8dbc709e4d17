"""What the assistants view does to assistants: choose, compare, edit, make, version, delete. Each asks once."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from studio_tui.core.assistants.form import form_of
from studio_tui.core.assistants.resolve import default_of
from studio_tui.core.assistants.versions import Changed, Versions
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.assistant_content import content_of, run_settings
from studio_tui.domain.dialect import Dialect
from studio_tui.present.assistants import date
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.ui.assistants.differences import DiffScreen
from studio_tui.ui.assistants.form_screen import AssistantFormScreen
from studio_tui.ui.kit.dialogs.dialogs import PromptDialog, TypedConfirmDialog
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

if TYPE_CHECKING:
    from studio_tui.ui.assistants.assistants_screen import AssistantsScreen


class AssistantActions:
    """Acts on the assistant, and where the versions have the focus on the version, under the cursor."""

    def __init__(self, screen: AssistantsScreen) -> None:
        self._screen, self._services = screen, screen.services
        self._known, self._assistants, self._versions = screen.known, screen.assistants, screen.versions

    def begin(self, name: str) -> Awaitable[None] | None:
        if name == "new":
            return self._new()
        item = self._assistants.selected
        acts = {
            "edit": self._edit,
            "run": self._run_with,
            "diff": self._diff,
            "current": self._set_current,
            "duplicate": self._duplicate,
            "delete": self._delete,
        }
        return None if item is None else acts[name](item)

    def _changed(self, changed: Changed) -> None:
        self._known.put(changed.versions)
        self._screen.draw()
        self._assistants.go_to(changed.assistant.assistant_id)
        if changed.words:
            self._services.tell(changed.words, "warning")

    async def use(self, item: Assistant) -> None:
        before = self._services.app_state.thread_id
        if await self._choose(item):
            self._screen.dismiss()
            if self._services.app_state.thread_id == before:  # else it is said with the thread that was left
                self._services.tell(f"Runs use {clean(item.name, 60)} now.")

    async def _choose(self, item: Assistant) -> bool:
        if not await self._services.opening.choose_assistant(item.assistant_id):
            return False
        # One that is chosen by hand runs with its own settings, whatever was set for its runs before.
        app_state = self._services.app_state
        config = {key: part for key, part in app_state.next_run.config.items() if key != "configurable"}
        app_state.set_next_run(replace(app_state.next_run, context={}, config=config))
        return True

    def _picked_version(self) -> int | None:
        item = self._versions.current if self._versions.has_focus else None
        return item.version if item is not None else None

    async def _diff(self, item: Assistant) -> None:
        versions = self._known.of(item) or await self._known.read(item.assistant_id)
        one = self._picked_version() or versions.assistant.version
        other = versions.beside(one, self._versions.table.mark)
        if other is None:
            self._services.tell("There is one version only: nothing to compare it with.", "warning")
            return
        old, new = sorted((one, other))  # every difference is told from the older to the newer
        title = f"{clean(item.name, 60)} · from version {old} to version {new}"
        self._services.go(DiffScreen(title, versions, old, new))

    async def _set_current(self, item: Assistant) -> None:
        app, versions = self._services, await self._known.read(item.assistant_id)
        number = self._picked_version() or await self._ask_version(versions)
        if number is None:
            return
        if number == versions.assistant.version and not versions.drift.changes:
            app.tell(f"Version {number} is the current one already.")
            return
        changed = await app.studio.versions.set_current(item.assistant_id, number)
        self._changed(changed)
        if not changed.words:
            before = f", instead of {versions.assistant.version}" if number != versions.assistant.version else ""
            app.tell(f"Version {number} of {clean(item.name, 60)} is the current one now{before}.")

    async def _ask_version(self, versions: Versions) -> int | None:
        now = versions.assistant.version
        choices = [
            PickerChoice(str(item.version), f"version {item.version}", date(item.created_at), item.version == now)
            for item in versions.items
        ]
        answer = await self._services.ask(PickerDialog("Which version is to be the current one?", choices))
        return int(answer) if answer else None

    async def _run_with(self, item: Assistant) -> None:
        number = self._picked_version()
        versions = self._known.of(item) or await self._known.read(item.assistant_id)
        if await self._choose(item):
            if number is not None and (number != item.version or versions.drift.changes):
                await self._override(versions, number)
            self._screen.dismiss()
            self._services.studio_screen.focus_composer()

    async def _override(self, versions: Versions, number: int) -> None:
        """Have the next runs send what another version holds: the current one stays what it is."""
        app = self._services
        form = form_of(await app.studio.versions.schemas(versions.assistant.assistant_id), versions.dialect)
        now = content_of(versions.assistant, versions.dialect)
        settings = run_settings(now, versions.content_of(versions.wanted(number)), form.defaults)
        options = app.app_state.next_run
        limit = settings.recursion_limit or options.recursion_limit
        config = {**options.config, **settings.config}
        app.app_state.set_next_run(replace(options, context=settings.context, config=config, recursion_limit=limit))
        keys = app.commands.hint("{run-options} shows them.")
        said = f"The next runs send the settings of version {number}; {keys}"
        if settings.stuck:
            names = ", ".join(clean(name, 40) for name in settings.stuck[:4])
            app.tell(f"{said} Not unset: {names}. The server adds the current version's.", "warning")
        else:
            app.tell(said)

    async def _edit(self, item: Assistant) -> None:
        versions = await self._known.read(item.assistant_id)
        await self._form(item, versions.dialect, versions)

    async def _new(self) -> None:
        app_state = self._services.studio.app_state
        row = self._assistants.current
        here = row.graph_id if row is not None else ""
        graphs = sorted({item.graph_id for item in app_state.assistants.items}, key=str.lower)
        choices = [PickerChoice(name, name, current=name == here) for name in graphs]
        dialog = PickerDialog("Graph of the new assistant", choices)
        graph = graphs[0] if len(graphs) == 1 else await self._services.ask(dialog)
        if not graph:
            return
        model = default_of(graph, app_state.assistants.items)
        assert model is not None
        assert app_state.server is not None
        await self._form(model, app_state.server.dialect)

    async def _form(self, item: Assistant, dialect: Dialect, versions: Versions | None = None) -> None:
        """Edit an assistant with these versions, or make another one of its graph."""
        form = form_of(await self._services.studio.versions.schemas(item.assistant_id), dialect)
        changed = await self._services.ask(AssistantFormScreen(item.graph_id, form, dialect, versions))
        if changed is not None:
            self._changed(changed)
            name = clean(changed.assistant.name, 60)
            made, hint = f"Version {changed.assistant.version} of {name} is saved.", self._services.commands.hint
            if versions is None:
                made = f"{name} is made. {hint('{assistant-delete} deletes it.')}"
            elif changed.assistant.version != versions.assistant.version:
                made += f" {hint('{assistant-current} takes an earlier one again.')}"
            self._services.tell(made)

    async def _duplicate(self, item: Assistant) -> None:
        app = self._services
        dialog = PromptDialog("Copy the assistant", "Name of the copy:", f"{clean(item.name, 200)} copy")
        name = (await app.ask(dialog) or "").strip()
        if name:
            changed = await app.studio.versions.duplicate(item.assistant_id, name)
            self._changed(changed)
            keys = app.commands.hint("{assistant-delete} deletes it.")
            app.tell(f"{clean(name, 60)} is made, with the settings of {clean(item.name, 60)}. {keys}")

    async def _delete(self, item: Assistant) -> None:
        app, versions = self._services, await self._known.read(item.assistant_id)
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
        app.tell(f"{clean(item.name, 60)} is deleted, {count}.")
        app_state = app.app_state
        if app_state.assistant_id is None and app_state.assistants.items:  # runs need one
            await app.opening.choose_assistant(app_state.assistants.items[0].assistant_id)
