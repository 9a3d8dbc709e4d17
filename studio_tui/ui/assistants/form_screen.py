"""Making or editing an assistant: a form by the graph's schema or JSON, the differences, then one new version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from studio_tui.core.assistants.form import AssistantForm
from studio_tui.core.assistants.versions import Changed, Versions
from studio_tui.domain.assistant_content import (
    Content,
    content_from,
    contents_diff,
    lasting_metadata,
    settled,
    value_problems,
)
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.form.values import initial_texts, texts_of
from studio_tui.errors import ConflictError, StudioError
from studio_tui.jsonkit.typed import parse_json, print_json
from studio_tui.jsonkit.value import Json, JsonObject, as_object, as_str
from studio_tui.present.assistants import summary
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.assistants.commands import FORM
from studio_tui.ui.assistants.differences import ReviewDialog
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import BETWEEN
from studio_tui.ui.kit.dialogs.leaving import LeavingScreen
from studio_tui.ui.kit.drafts import CLEARED, UNSAFE, DialogDraft, Twice, fields_in
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.terminal.editor import edit
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_title
from studio_tui.ui.kit.text_inputs import Area, JsonArea

_HINTS = " ^s save · ^t form or JSON · ^e $EDITOR · ^r start over · esc leave, draft kept"
_KEEP_AFTER = 0.2


@dataclass(frozen=True, slots=True)
class FormPurpose:
    """What is edited: an assistant with its versions, or (None) a new one of the graph."""

    graph: str
    form: AssistantForm
    versions: Versions | None = None


class AssistantFormScreen(ModalScreen[Changed | None], LeavingScreen[Changed | None]):
    """Answers with what was saved, None when it was left; the draft is kept until it is saved."""

    CSS_PATH = "assistants.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*FORM, *BETWEEN))

    def __init__(self, editing: FormPurpose) -> None:
        super().__init__()
        self._form = editing.form
        self._graph = editing.graph
        self._versions = editing.versions
        self._schema_form = SchemaForm(id="form", inherited="default", rule=self._form.problems)
        self._area = JsonArea(id="form-json")
        self._saving = False
        self._twice = Twice(self._held)
        self._start = ""
        self._kept = DialogDraft(
            self,
            "the assistant's form",
            "assistant",
            self._held,
            lambda: self.say(UNSAFE, "warn"),
            after=_KEEP_AFTER,
            then=self._refresh_changes,
        )

    def compose(self) -> ComposeResult:
        """Lay out the form, the JSON, what changed, and the problem."""
        with Vertical(id="form-box") as box:
            set_title(box, self._title())
            yield PlainStatic(self._about(), id="form-about")
            yield self._schema_form
            yield self._area
            yield PlainStatic(id="form-changes")
            yield PlainStatic(id="form-note")
        yield PlainStatic(_HINTS, id="form-hints")

    def on_mount(self) -> None:
        """Fill the form: with the draft from before, else with the current version."""
        self._fill()
        self._start = self._dump()
        which = self._versions.assistant.assistant_id if self._versions is not None else f"new {self._graph}"
        kept = fields_in(self._kept.load(self.services.kept("assistant-form", which)))
        self._kept.begin()
        if self._restore(kept):
            self.say("What you typed before is back; ctrl+r starts over.", "info")
        self._refresh_changes()
        self.call_after_refresh(self._focus)

    def on_unmount(self) -> None:
        self._kept.end()

    def say(self, text: str, role: str = "err") -> None:
        """Show a sentence below the form (display text)."""
        self.query_one("#form-note", PlainStatic).set_line((Span(text, role),))

    # -- what is edited -----------------------------------------------------------------------------------------

    @property
    def _dialect(self) -> Dialect:
        if self._versions is not None:
            return self._versions.dialect
        server = self.services.studio.app_state.server
        return server.dialect if server is not None else Dialect()

    @property
    def _base(self) -> Content:
        return self._versions.content if self._versions is not None else Content()

    def _title(self) -> str:
        if self._versions is None:
            return f"New assistant of {clean(self._graph, 60)}"
        return f"Edit {clean(self._versions.assistant.name, 60)} · version {self._versions.assistant.version}"

    def _about(self) -> str:
        if self._versions is None:
            about = f"Graph {clean(self._graph, 60)}. Empty fields are left to the graph's defaults."
        else:
            about = f"Saving makes version {self._versions.newest + 1}, whole: fields that you leave are carried over."
        return f"{about} {self._form.problem}".strip()

    def _fill(self) -> None:
        if self._versions is None:
            texts, rest = initial_texts(self._form.spec), None
        else:
            filled = texts_of(self._form.spec, self._form.value_of(self._base))
            texts, rest = dict(filled.texts), filled.rest
        self._schema_form.show(self._form.spec, texts, rest)
        self._area.put(print_json(dict(self._base.value)))

    @property
    def _in_json(self) -> bool:
        return self.has_class("-json")

    def _focus(self) -> None:
        if self._in_json:
            self._area.focus()
        else:
            self._schema_form.focus_field()

    def _wanted(self, *, check: bool) -> tuple[Content | None, str]:
        """Return the content that stands in the form, or None and why not (display text)."""
        if self._in_json:
            return self._wanted_json()
        result = self._schema_form.check() if check else self._schema_form.assembled()
        if not result.problems:
            return settled(self._form.content(result.value), self._dialect), ""
        if check:
            self._schema_form.focus_field(next(iter(result.problems)))
        return None, f"Not saved: {plural(len(result.problems), 'field needs', 'fields need')} attention."

    def _wanted_json(self) -> tuple[Content | None, str]:
        value, problem = parse_json(self._area.text)
        self._area.mark(problem.line if problem else 0, problem.column if problem else 0)
        if problem is not None:
            return None, f"Not saved: {problem}."
        problems = value_problems(value)
        if problems:
            return None, "Not saved: " + clean(" ".join(problems.values()), 300)
        return settled(content_from(value), self._dialect), ""

    # -- keys ---------------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Go back; the draft stays."""
        self.dismiss(None)

    def action_reset(self) -> None:
        """Forget the draft and show the current version; when asked twice where something was typed."""
        if not self._twice.agreed():
            self.say(CLEARED, "warn")
            return
        self._fill()
        self.say("Back at the current version." if self._versions else "Empty again.", "muted")
        self._changed()

    def action_switch(self) -> None:
        """Show the same as JSON, or as a form."""
        if self._in_json:
            value, problem = parse_json(self._area.text)
            words = str(problem) if problem is not None else " ".join(value_problems(value).values())
            if words:
                self.say(f"The form cannot show this: {clean(words, 300)}")
                return
            filled = texts_of(self._form.spec, self._form.value_of(content_from(value)))
            self._schema_form.show(self._form.spec, filled.texts, filled.rest)
        else:
            value = self._form.plain(self._schema_form.assembled().value)
            self._area.put(print_json({**Content().value, **as_object(value)}))
        self.set_class(not self._in_json, "-json")
        self.say("", "muted")
        self._focus()

    def action_editor(self) -> None:
        """Edit the text field that has the focus, or all as JSON, in `$EDITOR`."""
        self.services.work.start(self._edit())

    async def _edit(self) -> None:
        key = "" if self._in_json else self._schema_form.focused_text_key()
        if key:
            texts = {**self._schema_form.texts}
            texts[key] = (await edit(self.app, texts.get(key, ""), ".md")).rstrip("\n")
            self._schema_form.show(self._form.spec, texts, self._schema_form.rest)
            self._schema_form.focus_field(key)
        else:
            if not self._in_json:
                self.action_switch()
            self._area.put(await edit(self.app, self._area.text, ".json"))
        self._changed()

    def action_save(self) -> None:
        """Check everything, show the differences, and save once they are agreed to."""
        if not self._saving:
            self.services.work.start(self._save(), "saving the assistant")

    async def _save(self) -> None:
        wanted, problem = self._wanted(check=True)
        if wanted is None:
            self.say(problem)
            return
        self._saving = True
        try:
            changed = await self._send(wanted)
        except ConflictError as error:
            await self._moved_on(error)
        except StudioError as error:
            self.say(
                f"Not saved: {clean(' '.join(part for part in (error.title, error.detail, error.hint) if part), 900)}"
            )
        else:
            if changed is not None:
                self._kept.forget()
                self.dismiss(changed)
        finally:
            self._saving = False

    async def _send(self, wanted: Content) -> Changed | None:
        book = self.services.studio.versions
        if self._versions is None:
            return await book.create(self._graph, wanted)
        found = contents_diff(self._base, wanted)
        if not found.changes:
            self.say("Nothing is changed yet.", "warn")
            return None
        lasting = lasting_metadata(self._base, wanted)
        if not await self.services.ask(ReviewDialog(self._versions, found, lasting)):
            self.say("Not saved yet.", "muted")
            return None
        self.say("Saving …", "muted")
        now = self._versions.assistant
        return await book.save(now.assistant_id, wanted, base=now.version)

    async def _moved_on(self, error: ConflictError) -> None:
        """Somebody else saved: what is typed stays, and is compared with the version that is current now."""
        if self._versions is not None:
            try:
                self._versions = await self.services.studio.versions.read(self._versions.assistant.assistant_id)
            except StudioError:
                pass
            else:
                set_title(self.query_one("#form-box"), self._title())
                self.query_one("#form-about", PlainStatic).set_text(self._about())
        self.say(f"Not saved: {clean(' '.join((error.title + '.', error.detail, error.hint)), 600)}")
        self._refresh_changes()

    # -- changes and the draft ----------------------------------------------------------------------------------

    @on(SchemaForm.Changed)
    @on(Area.Changed, "#form-json")
    def _edited(self) -> None:
        self._changed()

    @on(SchemaForm.Submitted)
    def _entered(self) -> None:
        self.action_save()

    @on(Area.TooLarge)
    def _too_large(self) -> None:
        self.say("This text is too large to edit here: ctrl+e opens your editor.", "warn")

    def _changed(self) -> None:
        self._kept.soon()

    def _refresh_changes(self) -> None:
        line = self.query_one("#form-changes", PlainStatic)
        wanted, problem = self._wanted(check=False)
        said = self._in_json and not self._twice.stands()
        if wanted is None:
            line.set_text("")
            if said:
                self.say(problem.replace("Not saved: ", "", 1))
            return
        if said:
            self.say("", "muted")
        found = contents_diff(self._base, wanted)
        against = f"version {self._versions.assistant.version}" if self._versions is not None else "an empty one"
        line.set_text(f"against {against}: {summary(found)}" if found.changes else f"same as {against}")

    def _held(self) -> str:
        dumped = self._dump()
        return dumped if dumped != self._start else ""

    def _dump(self) -> str:
        kept = {
            "json": self._in_json,
            "texts": dict(self._schema_form.texts),
            "rest": self._schema_form.rest,
            "text": self._area.text if self._in_json else "",
        }
        return json.dumps(kept)

    def _restore(self, data: JsonObject) -> bool:
        if not data:
            return False
        texts: Mapping[str, Json] = as_object(data.get("texts"))
        known = {key: part for key, part in texts.items() if isinstance(part, str)}
        self._schema_form.show(self._form.spec, known, data.get("rest"))
        if data.get("json") is True:
            self._area.put(as_str(data.get("text")))
            self.add_class("-json")
        return True
