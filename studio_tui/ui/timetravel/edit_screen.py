"""Editing the state of a thread: type, see what it leads to, write it once. Continuing is another command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import TextArea

from studio_tui.core.inputs.drafts import Save
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.core.timetravel.edits import EditPreview
from studio_tui.core.timetravel.state_edit import StateEdit, states_in
from studio_tui.crossing import off_the_loop
from studio_tui.errors import ConflictError, StudioError
from studio_tui.jsonkit.diff import diff
from studio_tui.present.timetravel import edit as shown
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import told, with_keys
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.drafts import DraftKeeper
from studio_tui.ui.kit.lists.diff_view import DiffView
from studio_tui.ui.kit.terminal.lending import edit as edit_outside
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_title
from studio_tui.ui.kit.text_inputs import Area, JsonArea
from studio_tui.ui.kit.twice import Twice, asks_again
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.form_page import FormPage
from studio_tui.ui.timetravel.commands import EDITOR
from studio_tui.ui.timetravel.edit_targets import CHOICES, Choose, choose_way_out

PAUSE = 0.35
"""Seconds without typing after which the draft is written and the preview worked out."""
STACKED = 110
_TOO_LARGE = "This value is too large to be edited here: {edit-editor} opens it in your editor."
_UNCHANGED = "Nothing is changed yet."


class EditRow(PlainStatic):
    """A setting of the edit; a click changes it."""

    def __init__(self, action: str, *, id: str) -> None:
        super().__init__(id=id)
        self._action = action

    async def on_click(self) -> None:
        await self.run_action(f"screen.{self._action}")


class EditTitle(PlainStatic):
    """Whose state is edited, and whether somebody was faster."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.HISTORY})

    def __init__(self, edit: StateEdit, *, id: str) -> None:
        super().__init__(id=id)
        self._edit = edit

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - cheap enough to do whole
        same = app_state.thread_id == self._edit.root.thread_id
        self.set_line(shown.title_line(self._edit, app_state.history.head if same else None))


class PreviewView(DiffView):
    """What the edit changes, after reducers."""

    TITLE: ClassVar[str] = "What it changes"
    failed = False
    """What the edit changes could not be worked out."""
    unread = False
    """What is typed is not JSON yet."""

    def empty_text(self) -> str:
        if self.failed:
            return "What this changes is not known now: see below."
        if self.unread:
            return "What it changes shows here once the JSON can be read: see below."
        return "Change the value: what that leads to shows here, before anything is written."


class EditScreen(FormPage[bool]):
    """Answers whether an edit was applied."""

    CSS_PATH = "edit_screen.tcss"
    AUTO_FOCUS = "#edit-area"
    BINDINGS: ClassVar[list[BindingType]] = bindings(EDITOR)
    FIELDS = False
    KEYS: ClassVar[Mapping[str, str]] = {
        "edit-apply": "Apply",
        "edit-place": "What",
        "edit-how": "How",
        "edit-node": "As node",
        "edit-editor": "Editor",
        "edit-request": "Request",
        "edit-reset": "Start over",
        "edit-leave": "Leave",
    }

    def __init__(self, edit: StateEdit) -> None:
        super().__init__("Edit")
        self.edit = edit
        self.preview: EditPreview | None = None
        self._problem = ""
        """Why it is not known what the edit leads to (safe text)."""
        self._applying = False
        self._twice = Twice(self._held)
        self.area = JsonArea(id="edit-area")
        """The editor; held here, so that it can be read when the screen is being taken down."""
        self._draft = DraftKeeper(
            self, "the edit of the state", self._writing,
            lambda: set_title(self.area, "JSON · the draft could not be kept on disk"),
            safe=lambda: set_title(self.area, "JSON" if edit.is_empty else "JSON · draft kept"),
            after=PAUSE, then=self._ask_preview, in_pauses=True,
        )  # fmt: skip

    def parts(self) -> ComposeResult:
        with Vertical(id="edit-head"):
            yield EditTitle(self.edit, id="edit-title")
            yield EditRow("choose('place')", id="edit-what")
            yield EditRow("how", id="edit-how-row")
            yield EditRow("choose('node')", id="edit-node-row")
        with Container(id="edit-body"):
            yield self.area
            yield PreviewView(id="edit-preview")

    def on_mount(self) -> None:
        set_title(self.area, "JSON")
        self.set_class(self.app.size.width < STACKED, "-stacked")
        self._show()
        self._draft.begin()

    def on_resize(self, event: events.Resize) -> None:
        """Put the preview below the editor where they do not fit side by side."""
        self.set_class(event.size.width < STACKED, "-stacked")

    def clock_panels(self) -> Iterator[Widget]:
        yield from super().clock_panels()
        yield from self.query(EditTitle)

    def read(self) -> None:
        """Take over what the editor holds at this moment: messages about changes come later than keys."""
        area, texts, path = self.area, self.edit.texts, self.edit.path
        if not area.read_only and area.text != texts.text(path):
            texts.put(path, area.text)

    def _writing(self) -> Save:
        self.read()
        return self.edit.saving()

    def _held(self) -> str:
        self.read()
        return "" if self.edit.is_empty else json.dumps([self.edit.texts.to_json(), self.edit.as_node])

    # -- showing ------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Show what is edited now, and soon what it leads to."""
        edit, area = self.edit, self.area
        text = edit.texts.text(edit.path)
        if area.read_only or area.text != text:
            area.read_only = not area.put(text)
            if area.read_only:
                area.put("")
            area.to_value()
        after = self.services.studio.time.successors(edit.as_node, edit.state.ns) if edit.as_node else None
        title = self.query_one(EditTitle)
        title.draw(self.services.app_state, title.slices)
        self._line("#edit-what", shown.place_line(edit, with_keys(self, "{edit-inside}")))
        self._line("#edit-how-row", shown.how_line(edit))
        self._line("#edit-node-row", shown.node_line(edit, after))
        self._draft.soon()

    def _line(self, selector: str, line: Line) -> None:
        self.query_one(selector, PlainStatic).set_line(line)

    def _note(self, text: str, role: str = "muted") -> None:
        self.say(clean(text, 600), role, whole=True)  # what decides the result is never cut

    def _ask_preview(self) -> None:
        beside(self, self._show_preview, "the preview of the edit", group="preview", exclusive=True)

    async def _show_preview(self) -> None:
        """Show what the edit leads to, or that nobody knows; no earlier preview stays."""
        self.read()
        edit, problem = self.edit.to_send()
        preview, failed = None, False
        if edit.changes or edit.as_node is not None:
            try:
                preview = await self.services.studio.time.editing.preview(edit)
            except StudioError as error:
                problem, failed = f"{error} {told(self, error.hint)}", True
        view = self.query_one(PreviewView)
        view.failed, view.unread = failed, bool(problem) and not failed
        self.preview, self._problem = preview, problem
        question = asks_again(self, "edit-reset", self._twice) if self._twice.stands() else ""
        if preview is not None:
            view.show(shown.preview_words(preview), diff(preview.before, preview.after))
            self._note(*shown.preview_note(preview, problem, question, with_keys(self, "{edit-apply}")))
        else:
            view.clear()
            too_large = self.area.read_only
            role = "warn" if question or (too_large and not problem) else "err" if problem else "muted"
            said = with_keys(self, _TOO_LARGE) if too_large else _UNCHANGED
            self.say(clean(f"{question} {problem}".strip() or said, 600), role, whole=failed)

    # -- typing -------------------------------------------------------------------------------------------------

    @on(TextArea.Changed, "#edit-area")
    def _typed(self) -> None:
        self._draft.soon()

    @on(Area.TooLarge)
    def _too_large(self, event: Area.TooLarge) -> None:
        self._note(with_keys(self, "That is too much to be edited here: {edit-editor} opens your editor."), "warn")
        event.stop()

    # -- what is edited -----------------------------------------------------------------------------------------

    def action_choose(self, what: str) -> None:
        if self._applying:  # what is being written is what the draft is of, until the answer is there
            return
        if what == "inside" and len(states_in(self.edit.root)) == 1:
            self._note("No subgraph is paused at this checkpoint.")
        else:
            self.services.work.start(self._choose(CHOICES[what]), group="edit-choose")

    async def _choose(self, choose: Choose) -> None:
        self.read()
        if await choose(self.services, self.edit):
            self._show()

    def action_how(self) -> None:
        self.read()
        edit = self.edit
        options = edit.texts.hows_for(edit.path)
        if len(options) == 1:
            offers = with_keys(self, "{edit-place} offers what can be appended to.")
            self._note(f"Here it can only {options[0]}. {offers}")
            return
        chosen = options.index(edit.texts.how(edit.path))
        edit.texts.hows[str(edit.path[0])] = options[(chosen + 1) % len(options)]
        self._show()

    def action_editor(self) -> None:
        self.services.work.start(self._edit_outside(), group="edit-outside")

    async def _edit_outside(self) -> None:
        self.read()
        texts, path = self.edit.texts, self.edit.path
        text = await edit_outside(self.app, texts.text(path), ".json")
        texts.put(path, text.rstrip("\n"))
        self._show()

    def action_request(self) -> None:
        if self.preview is None:
            self._note(self._problem or "Nothing is changed yet: nothing would be sent.")
        else:
            self.app.push_screen(DetailScreen("What is sent", self.preview.body))

    def action_reset(self) -> None:
        """Forget everything typed; when asked twice where there is something."""
        if not self._twice.agreed():
            self._note(asks_again(self, "edit-reset", self._twice), "warn")
            return
        self.edit.clear()
        self._show()

    def action_leave(self) -> None:
        self.read()
        if self.edit.texts.texts:
            self.services.tell(with_keys(self, "The draft is kept: {edit} goes on with it."))
        self.dismiss(False)

    # -- applying -----------------------------------------------------------------------------------------------

    def action_apply(self) -> None:
        if not self._applying:
            self.services.work.start(self._apply(), group="edit-apply")

    async def _apply(self) -> None:
        self.read()
        edit, problem = self.edit.to_send()
        if problem:
            self._note(f"Not applied. {problem}", "err")
            return
        if not edit.changes and edit.as_node is None:
            self._note(_UNCHANGED, "warn")
            return
        self._applying = True
        self._draft.save_beside()  # instead of the pause, which would go on to a preview
        self.workers.cancel_group(self, "preview")
        self._note("Applying …")
        try:
            made = await self.services.studio.time.editing.apply(edit, expected_head=edit.head)
        except ConflictError as conflict:
            await self._resolve(conflict)
            return
        except StudioError as error:
            self.say(clean(f"{error} {told(self, error.hint)}", 600), whole=True)
            return
        finally:
            self._applying = False
        self.edit.is_written = True
        await off_the_loop(self.edit.saving())
        after = "{continue} continues." if made.is_unfinished else "Nothing is next: give new input ({input})."
        said = with_keys(self, f"Applied. {after} {{undo}} undoes it.")
        self.dismiss(True)
        self.services.tell(said)

    async def _resolve(self, conflict: ConflictError) -> None:
        """Explain why nothing was written, and offer the ways out."""
        detail = clean(f"{conflict.detail} {told(self, conflict.hint)}", 400)
        self.say(f"{conflict.title}. {detail}", "warn", whole=True)
        match await choose_way_out(self.services, conflict):
            case "again":
                self.call_later(self.action_apply)
            case "stop":
                await self.services.studio.runs.stop()
                self.call_later(self.action_apply)
            case "rebase":
                await self._rebase()
            case "fork":
                self.edit.head = None
                self.call_later(self.action_apply)

    async def _rebase(self) -> None:
        thread_id = self.edit.root.thread_id
        head = await self.services.studio.connection.call(lambda client: client.state(thread_id, subgraphs=True))
        self.read()
        if self.edit.rebase(head):
            self._show()
        else:
            self._note("The subgraph is not paused any more: edit the graph's own state, or fork here.", "warn")
