"""Making or editing an assistant: a form by the graph's schema or JSON, the differences, then one new version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

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
from studio_tui.domain.form.values import initial_texts, texts_of, wrong_in
from studio_tui.errors import ConflictError, StudioError
from studio_tui.jsonkit.typed import object_in, parse_json, print_json
from studio_tui.jsonkit.value import JsonObject, as_object, as_str
from studio_tui.present.assistants import summary
from studio_tui.text.sanitize import clean
from studio_tui.ui.assistants.commands import FORM
from studio_tui.ui.assistants.differences import ReviewDialog
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import told, with_keys
from studio_tui.ui.kit.commands import BETWEEN
from studio_tui.ui.kit.drafts import UNSAFE, DialogDraft
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.terminal.lending import edit
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_subtitle, set_title
from studio_tui.ui.kit.text_inputs import Area, JsonArea
from studio_tui.ui.kit.twice import asks_again
from studio_tui.ui.screens.form_page import FormPage

_KEEP_AFTER = 0.2
"""Seconds without a key after which the draft is kept, and what is changed is told."""


class AssistantFormScreen(FormPage[Changed | None]):
    """Answers with what was saved, None when it was left; the draft is kept until it is saved."""

    CSS_PATH = "assistants.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*FORM, *BETWEEN))
    KEYS: ClassVar[Mapping[str, str]] = {
        "assistant-form-save": "Save",
        "assistant-form-mode": "Form/JSON",
        "assistant-form-editor": "Editor",
        "assistant-form-reset": "Start over",
        "assistant-form-leave": "Leave, draft kept",
    }
    ENDS = "assistant-form-save"

    def __init__(self, graph: str, form: AssistantForm, dialect: Dialect, versions: Versions | None) -> None:
        """What is edited: an assistant with its versions, or (None) a new one of the graph."""
        super().__init__("New assistant" if versions is None else "Edit assistant")
        self._graph, self._form, self._dialect, self._versions = graph, form, dialect, versions
        self._schema_form = SchemaForm(self.notes.tell, id="form", inherited="default", rule=self._form.problems)
        self._area = JsonArea(id="form-json")
        self._saving = False
        self._kept = DialogDraft(
            self,
            "the assistant's form",
            "assistant",
            self._dump,
            lambda: self.say(UNSAFE, "warn"),
            after=_KEEP_AFTER,
            then=self._tell_changes,
        )

    def parts(self) -> ComposeResult:
        with Vertical(id="form-box"):
            yield PlainStatic(id="form-about")
            yield self._schema_form
            yield self._area

    def on_mount(self) -> None:
        """Fill the form: with the draft from before, else with the current version."""
        self._tell_purpose()
        self._fill()
        self._kept.untouched = self._dump()
        which = self._versions.assistant.assistant_id if self._versions is not None else f"new {self._graph}"
        kept = object_in(self._kept.load(self.services.kept("assistant-form", which)))
        self._kept.begin()
        if kept:
            self._restore(kept)
            self.say(with_keys(self, "What you typed before is back; {assistant-form-reset} starts over."), "info")
        self._tell_changes()
        self.call_after_refresh(self._focus)

    # -- what is edited -----------------------------------------------------------------------------------------

    @property
    def _base(self) -> Content:
        return self._versions.content if self._versions is not None else Content()

    def _tell_purpose(self) -> None:
        graph, versions = clean(self._graph, 60), self._versions
        if versions is None:
            title = f"New assistant of {graph}"
            about = f"Graph {graph}. Empty fields are left to the graph's defaults."
        else:
            title = f"Edit {clean(versions.assistant.name, 60)} · version {versions.assistant.version}"
            about = f"Saving makes version {versions.newest + 1}, whole: fields that you leave are carried over."
        set_title(self.query_one("#form-box"), title)
        self.query_one("#form-about", PlainStatic).set_text(f"{about} {self._form.problem}".strip())

    def _fill(self) -> None:
        if self._versions is None:
            self._schema_form.show(self._form.spec, initial_texts(self._form.spec), None)
        else:
            self._fill_form(self._base)
        self._area.put(print_json(dict(self._base.value)))

    def _fill_form(self, content: Content) -> None:
        filled = texts_of(self._form.spec, self._form.value_of(content))
        self._schema_form.show(self._form.spec, filled.texts, filled.rest)

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
            content, problem = self._wanted_json()
            return (settled(content, self._dialect) if content is not None else None), problem
        result = self._schema_form.check() if check else self._schema_form.assembled()
        if not result.problems:
            return settled(content_from(self._form.plain(result.value)), self._dialect), ""
        if check:
            self._schema_form.focus_field(next(iter(result.problems)))
        return None, wrong_in(self._form.spec, result.problems)

    def _wanted_json(self) -> tuple[Content | None, str]:
        value, problem = parse_json(self._area.text)
        self._area.mark(problem.line if problem else 0, problem.column if problem else 0)
        words = f"{problem}." if problem else clean(" ".join(value_problems(value).values()), 300)
        return (None if words else content_from(value)), words

    # -- keys ---------------------------------------------------------------------------------------------------

    def action_reset(self) -> None:
        """Forget the draft and show the current version; when asked twice where something was typed."""
        if not self._kept.twice.agreed():
            self.say(asks_again(self, "assistant-form-reset", self._kept.twice), "warn")
            return
        self._fill()
        self.say("Back at the current version." if self._versions else "Empty again.", "muted")
        self._kept.soon()

    def action_switch(self) -> None:
        if self._in_json:
            content, problem = self._wanted_json()
            if content is None:
                self.say(f"The form cannot show this: {problem}")
                return
            self._fill_form(content)
        else:
            value = self._form.plain(self._schema_form.assembled().value)
            self._area.put(print_json({**Content().value, **as_object(value)}))
        self.set_class(not self._in_json, "-json")
        self.say("")
        self.notes.tell(())
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
        self._kept.soon()

    @on(SchemaForm.Submitted)
    def action_save(self) -> None:
        if not self._saving:
            self.services.work.start(self._save(), "saving the assistant")

    async def _save(self) -> None:
        wanted, problem = self._wanted(check=True)
        if wanted is None:
            self.say(f"Not saved: {problem}")
            return
        self._saving = True
        try:
            changed = await self._send(wanted)
        except StudioError as error:
            title = error.title
            if isinstance(error, ConflictError):
                await self._read_again()
                title += "."
            words = " ".join(part for part in (title, error.detail, told(self, error.hint)) if part)
            self.say(f"Not saved: {clean(words, 900)}", whole=True)
        else:
            if changed is not None:
                self._kept.forget()
                self.dismiss(changed)
        finally:
            self._saving = False

    async def _send(self, wanted: Content) -> Changed | None:
        server, versions = self.services.studio.versions, self._versions
        if versions is None:
            return await server.create(self._graph, wanted)
        found = contents_diff(self._base, wanted)
        if not found.changes:
            self.say("Nothing is changed yet.", "warn")
            return None
        if not await self.services.ask(ReviewDialog(versions, found, lasting_metadata(self._base, wanted))):
            self.say("Not saved yet.", "muted")
            return None
        self.say("Saving …", "muted")
        return await server.save(versions.assistant.assistant_id, wanted, base=versions.assistant.version)

    async def _read_again(self) -> None:
        """Somebody else saved: what is typed stays, and is compared with the version that is current now."""
        if self._versions is not None:
            with suppress(StudioError):
                self._versions = await self.services.studio.versions.read(self._versions.assistant.assistant_id)
                self._tell_purpose()
        self._tell_changes()

    # -- changes and the draft ----------------------------------------------------------------------------------

    @on(SchemaForm.Changed)
    @on(Area.Changed, "#form-json")
    def _edited(self) -> None:
        self._kept.soon()

    @on(Area.TooLarge)
    def _too_large(self) -> None:
        keys = with_keys(self, "{assistant-form-editor} opens your editor.")
        self.say(f"This text is too large to edit here: {keys}", "warn")

    def _tell_changes(self) -> None:
        """Say how what is typed differs; in JSON also why it means nothing, which the form says at its fields."""
        wanted, problem = self._wanted(check=False)
        if self._in_json and not self._kept.twice.stands():
            self.say(problem)
        words = ""
        if wanted is not None:
            found = contents_diff(self._base, wanted)
            against = f"version {self._versions.assistant.version}" if self._versions is not None else "an empty one"
            words = f"against {against}: {summary(found)}" if found.changes else f"same as {against}"
        set_subtitle(self.query_one("#form-box"), words)

    def _dump(self) -> str:
        form, text = self._schema_form, self._area.text if self._in_json else ""
        return json.dumps({"json": self._in_json, "texts": dict(form.texts), "rest": form.rest, "text": text})

    def _restore(self, data: JsonObject) -> None:
        known = {key: part for key, part in as_object(data.get("texts")).items() if isinstance(part, str)}
        self._schema_form.show(self._form.spec, known, data.get("rest"))
        if data.get("json") is True:
            self._area.put(as_str(data.get("text")))
            self.add_class("-json")
