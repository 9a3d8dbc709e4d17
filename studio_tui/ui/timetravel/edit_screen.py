"""Editing the state of a thread: type, see what it leads to, write it once. Continuing is another command."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.timer import Timer
from textual.widgets import TextArea

from studio_tui.core.timetravel.edit_drafts import EditDrafts
from studio_tui.core.timetravel.edit_texts import EditTexts, Path, place_text
from studio_tui.core.timetravel.edits import Edit, EditPreview, rebased
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import namespace_nodes
from studio_tui.errors import ConflictError, StudioError
from studio_tui.present.timetravel.state import checkpoint_name
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.intents import DetailWanted
from studio_tui.ui.kit.dialogs.leaving import LeavingScreen
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.kit.drafts import CLEARED, Twice, save_beside
from studio_tui.ui.kit.terminal.editor import edit as edit_outside
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_title
from studio_tui.ui.kit.text_inputs import Area, JsonArea
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.timetravel.commands import EDITOR
from studio_tui.ui.timetravel.edit_preview import EditRow, PreviewView
from studio_tui.ui.timetravel.edit_targets import (
    NO_NODE,
    leads_to,
    node_choices,
    place_choices,
    state_choices,
    ways_out,
)

PREVIEW_AFTER = 0.35
"""Seconds without typing after which the preview is worked out."""
SAVE_AFTER = 0.6
"""Seconds without typing after which the draft is on disk."""
STACKED = 110
_KEYS = "^s apply · ^t what · ^g how · ^n node · ^e editor · ^o request · ^r reset · esc"
_TOO_LARGE = "This value is too large to be edited here: ctrl+e opens it in your editor."


class EditScreen(LeavingScreen[bool]):
    """Answers whether an edit was applied."""

    CSS_PATH = "edit_screen.tcss"
    AUTO_FOCUS = "#edit-area"
    BINDINGS: ClassVar[list[BindingType]] = bindings(EDITOR)

    def __init__(self, root: Checkpoint, edit: Edit, path: Path, texts: EditTexts) -> None:
        super().__init__()
        self.root = root
        """The root checkpoint, with the subgraphs that are paused in it."""
        self.edit = edit
        self.path = path
        self.texts = texts
        self.preview: EditPreview | None = None
        self._unknown = ""
        """Why it is not known what the edit leads to (safe text)."""
        self._preview_timer: Timer | None = None
        self._save_timer: Timer | None = None
        self._problem = ""
        self._applying = False
        self._twice = Twice(self._held)
        self._done = False
        """The edit is written; there is no draft any more."""
        self._dirty = False
        """The editor was read, and held something that is neither previewed nor kept yet."""
        self._unsafe = False
        """The last draft is not on disk, or not yet."""
        self._writes = 0
        self._drafts: EditDrafts | None = None
        self.area = JsonArea(id="edit-area")
        """The editor; held here, so that it can be read when the screen is being taken down."""
        self._shown = False
        """The editor holds the text of the place that is edited."""

    def compose(self) -> ComposeResult:
        """Lay out settings, editor, preview, notes and keys."""
        with Vertical(id="edit-head"):
            yield PlainStatic(id="edit-title")
            yield EditRow("place", id="edit-what")
            yield EditRow("how", id="edit-how-row")
            yield EditRow("node", id="edit-node-row")
        with Container(id="edit-body"):
            yield self.area
            yield PreviewView(id="edit-preview")
        yield PlainStatic(id="edit-notes")
        yield PlainStatic(f" {_KEYS}", id="edit-keys")

    def on_mount(self) -> None:
        set_title(self.area, "JSON")
        self._drafts = self.services.studio.time.drafts.pinned()
        self.services.unsaved.add(self, "the edit of the state", self.save_draft)
        self.set_class(self.app.size.width < STACKED, "-stacked")
        self._show_text()

    def on_resize(self, event: events.Resize) -> None:
        """Put the preview below the editor where they do not fit side by side."""
        self.set_class(event.size.width < STACKED, "-stacked")

    def on_unmount(self) -> None:
        """Whatever ends the screen, the draft is kept."""
        self.save_draft()
        self.services.unsaved.drop(self)

    def save_draft(self) -> bool:
        """Put what is typed on disk at once; return whether it is safe."""
        self.read()
        unkept = self._dirty or self._unsafe or self._save_timer is not None
        return self._done or not unkept or self._keep() or not self._on_disk

    def read(self) -> None:
        """Take over what the editor holds at this moment: messages about changes come later than keys."""
        area = self.area
        if self._shown and not area.read_only and area.text != self.texts.text(self.path):
            self.texts.put(self.path, area.text)
            self._dirty = True

    def _held(self) -> str:
        self.read()
        nothing = not self.texts.texts and self.edit.as_node is None
        return "" if nothing else json.dumps([self.texts.to_json(), self.edit.as_node])

    def current(self) -> Edit:
        """Return the edit as it stands, unreadable texts left out."""
        self.read()
        changes, self._problem = self.texts.changes()
        return Edit(self.edit.checkpoint, self.edit.ns, changes, self.edit.as_node, self.edit.head)

    # -- showing ------------------------------------------------------------------------------------------------

    def _show_text(self) -> None:
        text = self.texts.text(self.path)
        area = self.area
        fits = area.put(text)
        area.read_only = not fits
        if not fits:
            area.put("")
            self._note(_TOO_LARGE, "warn")
        area.to_start()
        self._shown = True
        self._show_head()
        self._changed(typed=False)

    def _show_head(self) -> None:
        state = self._state()
        inside = " › ".join(clean(name, 40) for name in namespace_nodes(self.edit.ns))
        where = f"{checkpoint_name(state)}{f' inside {inside}' if inside else ''}"
        how = "an edit of the head" if self.edit.head is not None else "a fork: the head stays in the history"
        self._line("#edit-title", (Span("Edit ", "title"), Span(where, "value"), Span(f"  {how}", "muted")))
        more = " · ^b another subgraph" if len(state_choices(self.root)) > 1 else ""
        self._line("#edit-what", (Span("what     ", "muted"), Span(place_text(self.path), "key"), Span(more, "muted")))
        options = self.texts.hows_for(self.path)
        chosen = self.texts.how(self.path)
        spans = [Span(f" {item} ", "accent bold reverse" if item == chosen else "muted") for item in options]
        self._line("#edit-how-row", (Span("how      ", "muted"), *spans))
        node = clean(self.edit.as_node or "the node that wrote last", 40)
        found = self.services.studio.time.successors(self.edit.as_node, self.edit.ns) if self.edit.as_node else None
        leads = f"  {leads_to(found)}" if self.edit.as_node else ""
        self._line("#edit-node-row", (Span("as node  ", "muted"), Span(node, "value"), Span(leads, "muted")))

    def _line(self, selector: str, line: tuple[Span, ...]) -> None:
        self.query_one(selector, PlainStatic).set_line(line)

    def _note(self, text: str, role: str = "muted") -> None:
        self._line("#edit-notes", (Span(clean(text, 600), role),))

    def _state(self) -> Checkpoint:
        return next((item for item in state_choices(self.root) if item.ns == self.edit.ns), self.root)

    # -- typing -------------------------------------------------------------------------------------------------

    @on(TextArea.Changed, "#edit-area")
    def _typed(self) -> None:
        self.read()
        if self._dirty:
            self._changed()

    @on(Area.TooLarge)
    def _too_large(self, event: Area.TooLarge) -> None:
        self._note("That is too much to be edited here: ctrl+e opens your editor.", "warn")
        event.stop()

    def _changed(self, *, typed: bool = True) -> None:
        self._dirty = self._dirty and not typed
        for timer in (self._preview_timer, self._save_timer if typed else None):
            if timer is not None:
                timer.stop()
        self._preview_timer = self.set_timer(PREVIEW_AFTER, self._ask_preview)
        if typed:
            self._save_timer = self.set_timer(SAVE_AFTER, self._save_now)

    def _save_now(self) -> None:
        nothing = not self.texts.texts and self.edit.as_node is None
        write, number = self._writing(), self._writes
        title = "JSON" if nothing else "JSON · draft kept"
        save_beside(self, write, self._tell_unsafe, lambda: self._tell_safe(number, title))

    def _tell_safe(self, number: int, title: str) -> None:
        if number == self._writes:  # else something newer is on its way
            self._unsafe = False
            set_title(self.area, title)

    def _tell_unsafe(self) -> None:
        self._unsafe = self._on_disk
        if self._on_disk:
            set_title(self.area, "JSON · the draft could not be kept on disk")

    def _keep(self) -> bool:
        """Put the draft on disk; return whether it is there. Blocks: for the end, which may not wait for the loop."""
        safe = self._writing()()
        self._unsafe = not safe and self._on_disk
        return safe

    def _writing(self) -> Callable[[], bool]:
        """Return what puts on disk what is typed now; it blocks. Until it has, the draft counts as unsafe."""
        if self._save_timer is not None:
            self._save_timer.stop()
            self._save_timer = None
        self._unsafe = self._on_disk
        self._writes += 1
        if self.texts.texts or self.edit.as_node:
            return self._own_drafts.saving(self.root.thread_id, self.current(), self.texts.to_json())
        return self._own_drafts.dropping(self.root.thread_id, self.edit)

    @property
    def _own_drafts(self) -> EditDrafts:
        if self._drafts is None:
            self._drafts = self.services.studio.time.drafts.pinned()
        return self._drafts

    @property
    def _on_disk(self) -> bool:
        return self._own_drafts.on_disk

    def _stop_preview(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
            self._preview_timer = None
        self.workers.cancel_group(self, "preview")

    def _ask_preview(self) -> None:
        self._preview_timer = None
        self.run_worker(self._show_preview(), group="preview", exclusive=True, exit_on_error=False)

    async def _show_preview(self) -> None:
        edit = self.current()
        view = self.query_one(PreviewView)
        if not edit.changes and edit.as_node is None:
            self.preview, self._unknown = None, ""
            view.show_nothing()
            role = "err" if self._problem else "warn" if self.area.read_only else "muted"
            if self._twice.stands():
                self._note(CLEARED, "warn")
            else:
                self._note(self._problem or (_TOO_LARGE if self.area.read_only else "Nothing is changed yet."), role)
            return
        try:
            preview = await self.services.studio.time.editing.preview(edit)
        except StudioError as error:
            self.preview, self._unknown = None, f"{error} {error.hint}"
            view.show_nothing(failed=True)
            self._note(self._unknown, "err")
            return
        self.preview, self._unknown = preview, ""
        view.show_edit(preview)
        said = [self._problem] if self._problem else []
        said += [clean(note, 300) for note in preview.notes]
        if not preview.certain and not preview.notes:
            said.append("The result is a guess: this thread has not shown how these keys combine.")
        role = "err" if self._problem else "warn" if preview.moved or not preview.certain else "muted"
        if self._twice.stands():
            said, role = [CLEARED, *said], "warn"
        self._note(" ".join(said) or "Certain. ctrl+s writes it; nothing runs until you continue.", role)

    # -- what is edited -----------------------------------------------------------------------------------------

    def _worker(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        self.services.work.start(work(), group=f"edit{work.__name__}")

    def action_place(self) -> None:
        self._worker(self._choose_place)

    async def _choose_place(self) -> None:
        choices = place_choices(self.texts.values, self.path)
        self.read()
        picked = await self.services.ask(PickerDialog("Edit what?", [choice for choice, _ in choices.values()]))
        if picked is None:
            return
        _, (self.path, removes) = choices[picked]
        if removes:
            self.texts.put(self.path, self.texts.removal(self.path))
        self._show_text()
        if removes:
            self._changed()

    def action_how(self) -> None:
        """Hand the change to the key in another way."""
        self.read()
        options = self.texts.hows_for(self.path)
        if len(options) == 1:
            self._note(f"Here it can only {options[0]}. ^t offers what can be appended to.")
            return
        self.texts.hows[str(self.path[0])] = options[(options.index(self.texts.how(self.path)) + 1) % len(options)]
        self._show_head()
        self._changed()

    def action_node(self) -> None:
        """Choose the node that the edit counts as."""
        self._worker(self._choose_node)

    async def _choose_node(self) -> None:
        choices = node_choices(self.services.studio.time, self.edit)
        picked = await self.services.ask(PickerDialog("The edit counts as a write of", choices))
        if picked is not None:
            node = None if picked == NO_NODE else picked
            self.edit = Edit(self.edit.checkpoint, self.edit.ns, {}, node, self.edit.head)
            self._show_head()
            self._changed()

    def action_inside(self) -> None:
        """Choose the graph or the paused subgraph whose state is edited."""
        self._worker(self._choose_inside)

    async def _choose_inside(self) -> None:
        states = state_choices(self.root)
        if len(states) == 1:
            self._note("No subgraph is paused at this checkpoint.")
            return
        names = {str(index): " › ".join(namespace_nodes(item.ns)) or "the graph" for index, item in enumerate(states)}
        choices = [PickerChoice(key, clean(name, 60)) for key, name in names.items()]
        picked = await self.services.ask(PickerDialog("State of", choices))
        if picked is not None:
            write = self._writing()
            state = states[int(picked)]
            edit = Edit(dict(state.ref), state.ns, {}, None, self.edit.head)
            kept = self._own_drafts.find(self.root.thread_id, edit)
            self.edit = replace(edit, as_node=kept.as_node if kept is not None else None)
            self.texts, self.path = EditTexts(state.values), ()
            self.texts.load(self._own_drafts.typed(self.root.thread_id, edit))
            self.path = next(iter(self.texts.texts), ())
            self._show_text()
            save_beside(self, write, self._tell_unsafe)

    def action_editor(self) -> None:
        """Edit the text in `$EDITOR`."""
        self._worker(self._edit_outside)

    async def _edit_outside(self) -> None:
        self.read()
        text = await edit_outside(self.app, self.texts.text(self.path), ".json")
        self.texts.put(self.path, text.rstrip("\n"))
        self._show_text()
        self._changed()

    def action_request(self) -> None:
        """Show the body that would be sent."""
        if self.preview is None:
            self._note(self._problem or self._unknown or "Nothing is changed yet: nothing would be sent.")
        else:
            self.app.push_screen(DetailScreen("What is sent", self.preview.body))

    @on(DetailWanted)
    def _detail(self, event: DetailWanted) -> None:
        self.app.push_screen(DetailScreen(event.title, event.value))

    def action_reset(self) -> None:
        """Forget everything typed; when asked twice where there is something."""
        if not self._twice.agreed():
            self._note(CLEARED, "warn")
            return
        self.texts.texts.clear()
        self.texts.hows.clear()
        self.edit = Edit(self.edit.checkpoint, self.edit.ns, {}, None, self.edit.head)
        self._show_text()
        self._changed()

    def action_leave(self) -> None:
        """Go back; the draft is kept."""
        self.read()
        if self.texts.texts:
            self.services.tell("The draft is kept: e goes on with it.")
        self.dismiss(False)

    # -- applying -----------------------------------------------------------------------------------------------

    def action_apply(self) -> None:
        if not self._applying:
            self._worker(self._apply)

    async def _apply(self) -> None:
        edit = self.current()
        if self._problem:
            self._note(f"Not applied. {self._problem}", "err")
            return
        if not edit.changes and edit.as_node is None:
            self._note("Nothing is changed yet.", "warn")
            return
        self._applying = True
        self._stop_preview()
        self._note("Applying …")
        try:
            made = await self.services.studio.time.editing.apply(edit, expected_head=edit.head)
        except ConflictError as conflict:
            await self._resolve(conflict)
            return
        except StudioError as error:
            self._note(f"{error} {error.hint}", "err")
            return
        finally:
            self._applying = False
        await self._applied(edit, made)

    async def _applied(self, edit: Edit, made: Checkpoint) -> None:
        if self._save_timer is not None:
            self._save_timer.stop()
            self._save_timer = None
        self._done = True
        await asyncio.to_thread(self._own_drafts.drop, self.root.thread_id, edit)
        after = "c continues." if made.is_unfinished else "Nothing is next: give new input (i)."
        self.dismiss(True)
        self.services.tell(f"Applied. {after} u undoes it.")

    async def _resolve(self, conflict: ConflictError) -> None:
        """Explain why nothing was written, and offer the ways out."""
        detail = clean(f"{conflict.detail} {conflict.hint}", 400)
        self._note(f"{conflict.title}. {detail}", "warn")
        match await self.services.ask(PickerDialog(conflict.title, ways_out(conflict))):
            case "again":
                self.call_later(self.action_apply)
            case "stop":
                await self.services.studio.runs.stop()
                self.call_later(self.action_apply)
            case "rebase":
                await self._rebase()
            case "fork":
                self.edit = Edit(self.edit.checkpoint, self.edit.ns, {}, self.edit.as_node, None)
                self.call_later(self.action_apply)

    async def _rebase(self) -> None:
        thread_id = self.root.thread_id
        head = await self.services.studio.connection.call(lambda client: client.state(thread_id, subgraphs=True))
        state = next(
            (item for item in state_choices(head) if namespace_nodes(item.ns) == namespace_nodes(self.edit.ns)), None
        )
        if state is None:
            self._note("The subgraph is not paused any more: edit the graph's own state, or fork here.", "warn")
            return
        self.read()
        save_beside(self, self._own_drafts.dropping(thread_id, self.edit), self._tell_unsafe)
        self.root = head
        self.edit = rebased(self.edit, state, head.checkpoint_id)
        typed = self.texts.to_json()
        self.texts = EditTexts(state.values)
        self.texts.load(typed)
        self._show_text()
        self._changed()
