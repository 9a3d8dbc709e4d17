"""The screen for a run's options: stream modes, everything else the server takes, and the assistant's settings."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll

from studio_tui.core.inputs.drafts import DraftKey, Drafts
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.form.fields import fields_of
from studio_tui.domain.form.run_options import (
    PRESETS,
    from_value,
    option_schema,
    preset_of,
    problems_of,
    settings_of,
    settings_value,
    to_value,
)
from studio_tui.domain.form.values import texts_of
from studio_tui.domain.run_request import RunOptions
from studio_tui.domain.stream_mode import MODES
from studio_tui.errors import StudioError
from studio_tui.jsonkit.typed import object_in, print_json
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import told, with_keys
from studio_tui.ui.kit.commands import BETWEEN
from studio_tui.ui.kit.drafts import DialogDraft
from studio_tui.ui.kit.forms.check_list import CheckList
from studio_tui.ui.kit.forms.choice_field import ChoiceField
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.json_text import JsonText
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_title
from studio_tui.ui.kit.text_inputs import TextField
from studio_tui.ui.kit.twice import asks_again
from studio_tui.ui.runs.commands import OPTIONS
from studio_tui.ui.screens.form_page import FormPage

PREVIEW_AFTER = 0.2
"""Seconds between a change and the new preview."""
_PREVIEW_LINES = 200


class OptionsFor(Struct, frozen=True):
    """What the screen needs to know besides the options themselves."""

    assistant: Assistant | None
    schemas: Schemas | None
    nodes: Sequence[str]
    """Node names of the graph, to check interrupts against; empty when unknown."""
    preview: Callable[[RunOptions], Json]
    """The request body that options lead to."""
    keep: tuple[Drafts, DraftKey] | None = None
    """Where what is typed is kept until it is applied or given up."""


class RunOptionsScreen(FormPage[RunOptions | None]):
    """Answers with the options, or None when it was left without applying."""

    CSS_PATH = "options_screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*OPTIONS, *BETWEEN))
    KEYS: ClassVar[Mapping[str, str]] = {
        "options-apply": "Apply",
        "options-reset": "Start over",
        "options-cancel": "Leave as it was",
    }

    def __init__(self, options: RunOptions, about: OptionsFor) -> None:
        super().__init__("Run options")
        self._start = options
        self._about = about
        assistant = about.assistant
        self._name = clean(assistant.label, 40) if assistant is not None else ""
        self._settings = settings_of(self._about.schemas, self._about.assistant)
        self._modes = CheckList({mode: mode.words for mode in MODES}, options.stream_modes, id="options-modes")
        self._request = JsonText(_PREVIEW_LINES, id="options-preview")
        self._forms: tuple[SchemaForm, ...] = ()
        """Held here like the modes, so that they can be read when the screen is being taken down."""
        self._told: dict[str, Line] = {}
        """What each form last said of its fields."""
        self._kept = DialogDraft(
            self,
            "the run options",
            "options",
            self._dump,
            lambda: self.services.tell("These options could not be kept on disk.", "warning"),
            after=PREVIEW_AFTER,
            then=self._preview,
        )

    def parts(self) -> ComposeResult:
        with VerticalScroll(id="options-body", can_focus=False) as body, Container(id="options-columns"):
            set_title(body, f"For the runs{f' of {self._name}' if self._name else ''} from now on")
            with Vertical(classes="options-column -first"):
                yield from self._left()
            with Vertical(classes="options-column"):
                yield from self._right()

    def on_mount(self) -> None:
        self._forms = tuple(self.query(SchemaForm))
        self._show(self._start)
        self._kept.untouched = self._dump()
        keep = self._about.keep
        if keep is not None and self._restore(object_in(self._kept.load(keep))):
            keys = with_keys(self, "{options-cancel} drops them, {options-apply} applies them.")
            self.services.tell(f"Your options that were not applied are back. {keys}")
        self._kept.begin()
        self.query_one(CheckList).focus()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < 110, "-stacked")

    def action_apply(self) -> None:
        options = self._read(check=True)
        if options is not None:
            self._kept.done = True
            self.dismiss(options)

    def action_reset(self) -> None:
        """Go back to the defaults; when asked twice where something was typed."""
        if not self._kept.twice.agreed():
            self.say(asks_again(self, "options-reset", self._kept.twice), "warn")
            return
        self._show(RunOptions())
        self.say("Back at the defaults; apply to keep them.", "muted")

    def action_cancel(self) -> None:
        self._kept.done = True
        self.dismiss(None)

    def _left(self) -> ComposeResult:
        yield _heading("Stream modes")
        yield ChoiceField(tuple(PRESETS), preset_of(self._start.stream_modes), unset="own choice")
        yield self._modes
        yield _heading("Run")
        yield SchemaForm(partial(self._tell, "options-form"), id="options-form", rule=problems_of)

    def _right(self) -> ComposeResult:
        if self._settings is not None:
            yield _heading("Settings for these runs, not the assistant")
            yield SchemaForm(partial(self._tell, "options-settings"), id="options-settings")
        yield _heading("Request")
        yield self._request

    def _show(self, options: RunOptions) -> None:
        self.query_one(CheckList).set_checked(options.stream_modes)
        self.query_one(ChoiceField).set_value(preset_of(options.stream_modes))
        spec = fields_of(option_schema(self._about.nodes))
        filled = texts_of(spec, to_value(options))
        self.query_one("#options-form", SchemaForm).show(spec, filled.texts, filled.rest)
        if self._settings is not None:
            form = fields_of(self._settings.schema)
            given = texts_of(form, settings_value(options, self._settings))
            own = texts_of(form, self._settings.own)
            self.query_one("#options-settings", SchemaForm).show(form, given.texts, given.rest, own.texts)
        self._preview()

    def _dump(self) -> str:
        forms = {form.id: {"texts": dict(form.texts), "rest": form.rest} for form in self._forms}
        return json.dumps({"modes": sorted(self._modes.checked), "forms": forms})

    def _restore(self, data: JsonObject) -> bool:
        if not data:
            return False
        modes = [as_str(mode) for mode in as_list(data.get("modes"))]
        self._modes.set_checked(modes)
        self.query_one(ChoiceField).set_value(preset_of(sorted(modes)))
        forms = as_object(data.get("forms"))
        for form in self._forms:
            kept = as_object(forms.get(form.id or ""))
            texts = {key: part for key, part in as_object(kept.get("texts")).items() if isinstance(part, str)}
            form.put(texts, kept.get("rest"))
        self._preview()
        return True

    def _read(self, *, check: bool) -> RunOptions | None:
        """Return the options that the screen holds; None when something is wrong (`check` shows where)."""
        forms = list(self.query(SchemaForm))
        results = [form.check() if check else form.assembled() for form in forms]
        count = sum(len(result.problems) for result in results)
        modes = self.query_one(CheckList).checked
        if not modes:
            self.say("Choose at least one stream mode, or nothing can be followed.", "err")
            return None
        if count:
            self.say(f"{plural(count, 'field needs', 'fields need')} attention.", "err")
            if check:
                form, result = next(pair for pair in zip(forms, results, strict=True) if pair[1].problems)
                form.focus_field(next(iter(result.problems)))
            return None
        given = results[1].value if len(results) > 1 else {}
        return from_value(results[0].value, sorted(modes), self._settings, given)

    @on(CheckList.Changed)
    def _modes_changed(self) -> None:
        self.query_one(ChoiceField).set_value(preset_of(sorted(self._modes.checked)))
        self._changed()

    @on(ChoiceField.Changed)
    def _preset_changed(self, event: ChoiceField.Changed) -> None:
        if event.label in PRESETS:
            self.query_one(CheckList).set_checked(PRESETS[event.label])
        self._changed()

    @on(TextField.Submitted)
    def _preset_entered(self) -> None:
        self.query_one(CheckList).focus()

    @on(TextField.Left)
    def _preset_left(self, event: TextField.Left) -> None:
        if event.direction > 0:
            self.query_one(CheckList).focus()

    @on(SchemaForm.Changed)
    def _changed(self) -> None:
        self._kept.soon()

    @on(SchemaForm.Submitted)
    def _form_entered(self) -> None:
        self.focus_next()

    def _tell(self, form: str, note: Line) -> None:
        """Show what is to be said of a form's field: that of the form in use, else of the one that has something."""
        self._told[form] = note
        in_use = next((item.id or "" for item in self._forms if item.has_focus_within), "")
        self.notes.tell(self._told.get(in_use, ()) or next(filter(None, self._told.values()), ()))

    def _preview(self) -> None:
        if not self._kept.twice.stands():
            self.say("", "muted")
        options = self._read(check=False)
        if options is None:
            return
        try:
            self._request.show(print_json(self._about.preview(options)))
        except StudioError as error:
            self._request.show_words(f"{error.title}\n{told(self, error.hint)}", "err")


def _heading(text: str) -> PlainStatic:
    return PlainStatic(text, classes="options-heading")
