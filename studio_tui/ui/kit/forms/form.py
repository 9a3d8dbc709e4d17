"""A form drawn from a schema's fields: rows of label and editor. The rules live in `domain.form.values`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget

from studio_tui.domain.form.checks import type_words
from studio_tui.domain.form.fields import Field, FormSpec, Kind
from studio_tui.domain.form.values import Assembled, assemble, default_text, visible_fields
from studio_tui.jsonkit.value import Json
from studio_tui.text.cells import cut, width
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.forms.choice_field import ChoiceField, unset_label
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.text_inputs import TextField, Told

MOST_ROWS = 60
"""Fields with an editor of their own; a form with more leaves the rest to the JSON mode."""

Rule = Callable[[Json], Mapping[str, str]]
"""Further checks of a whole form: its value to problems by field key."""

_USUAL = 60
"""Cells that a form has at least, mostly."""
_SIGNS = 3
"""Cells behind a name: required, wrong, and a blank before the value."""
_CHOICES: tuple[Kind, ...] = ("choice", "boolean", "variant")


def _wanted(node: Widget, field: Field) -> str:
    """Return what the field wants, in a few words, and how its lines are parted."""
    lines = field.kind == "list" and field.item is not None and field.item.kind == "text"
    return type_words(field) + (with_keys(node, " ({text-new-line})") if lines else "")


class FieldRow(Widget):
    """One field: label and editor. What is wrong with it, or what it is for, `noting` shows elsewhere."""

    DEFAULT_CSS = """
    FieldRow { height: auto; layout: grid; grid-size: 2; grid-columns: 20 1fr; grid-rows: auto auto; }
    FieldRow > .field-label { width: 100%; height: 1; }
    FieldRow > TextField { background: $surface; }
    FieldRow.-group > .field-label { column-span: 2; }
    FieldRow.-long { layout: vertical; }
    FieldRow.-long > TextField, FieldRow.-long > ChoiceField { margin-left: 2; }
    """

    def __init__(self, field: Field, text: str, placeholder: str, usual: str, noting: Callable[[], None]) -> None:
        """`noting` is called when there may be something else to be said of the field."""
        super().__init__(classes="-group" if field.kind == "group" else None)
        self.field = field
        self._noting = noting
        self.problem = ""
        self._text = text
        self._placeholder, self._usual = placeholder, usual
        self.label = PlainStatic(classes="field-label")
        self.editor = self._make_editor()
        self._put: str | None = None
        """What the text field was given last; None before it has been given anything."""
        self._most = 80
        """Cells of a name at most."""

    def compose(self) -> ComposeResult:
        yield self.label
        if self.editor is not None:
            yield self.editor

    def on_mount(self) -> None:
        self._draw_label()
        if isinstance(self.editor, TextField):
            if self._text:
                self.editor.put(self._text)
            self._put = self.editor.text

    def on_descendant_focus(self) -> None:
        self._noting()

    on_descendant_blur = on_descendant_focus

    def show_problem(self, problem: str) -> None:
        """Show what is wrong with the value (display text), or nothing."""
        if problem != self.problem:
            self.problem = problem
            self._draw_label()
            self._noting()

    def put(self, text: str) -> None:
        self._text = text
        if isinstance(self.editor, TextField):
            self.editor.put(text)
            self._put = self.editor.text if self._put is not None else None
        elif self.editor is not None:
            self.editor.set_value(text)

    def typed(self) -> str | None:
        """Return what the user has put in since the field was given its text, None when that is nothing."""
        if isinstance(self.editor, ChoiceField):
            return self.editor.value
        if self.editor is None or self._put is None or self.editor.text == self._put:
            return None
        self._put = self.editor.text
        return self._put

    def _make_editor(self) -> TextField | ChoiceField | None:
        field = self.field
        if field.kind == "group":
            return None
        if field.kind in _CHOICES:
            labels = field.labels if field.kind == "variant" else tuple(choice.label for choice in field.choices)
            if field.nullable and "null" not in labels:
                labels = (*labels, "null")
            return ChoiceField(
                labels, self._text, optional=not field.required, unset=self._placeholder, usual=self._usual,
                title=title_of(field),
            )  # fmt: skip
        return TextField(placeholder=self._placeholder)

    @property
    def label_cells(self) -> int:
        """Return the cells of the name with its signs and a blank behind."""
        return width(clean(title_of(self.field), 80)) + 2 * self.field.indent + _SIGNS

    def fit_label(self, cells: int, whole: int) -> None:
        """Give the name `cells` of the row's `whole` cells; a longer one has a row of its own, above the value."""
        self.styles.grid_columns = f"{cells} 1fr"
        is_long = self.editor is not None and self.label_cells > cells
        self.set_class(is_long, "-long")
        most = max(1, (whole if is_long or self.editor is None else cells) - _SIGNS)
        if most != self._most:
            self._most = most
            if self.is_mounted:
                self._draw_label()

    def _draw_label(self) -> None:
        field = self.field
        name = cut("  " * field.indent + clean(title_of(field), 80), self._most)
        if field.kind == "group":
            self.label.set_line((Span(name, "title"), Span("" if field.required else "  optional", "muted")))
        else:
            mark = Span("*", "warn") if field.required else Span("")
            # The problem itself stands elsewhere: the field has a sign for who sees no colour.
            wrong = Span("!" if self.problem else "", "err")
            self.label.set_line((Span(name, "err" if self.problem else "key"), mark, wrong))

    def explained(self) -> str:
        field = self.field
        used = f"used by {', '.join(clean(node, 40) for node in field.nodes[:4])}" if field.nodes else ""
        words = _wanted(self, field)
        is_empty = isinstance(self.editor, TextField) and not self.editor.text
        told = field.kind in _CHOICES or (words == self._placeholder and is_empty)
        label = "" if field.label.lower() == field.name.lower() else clean(field.label, 80)
        breaks = with_keys(self, "{text-new-line} breaks the line") if field.limits.format == "multiline" else ""
        parts = [label, clean(field.description, 240), breaks, "" if told else words, used]
        return " · ".join(part for part in parts if part)


class SchemaForm(VerticalScroll, can_focus=False):
    """The fields of a `FormSpec` with their texts. Tells of every change, and of enter in the last field."""

    DEFAULT_CSS = "SchemaForm { height: auto; max-height: 45vh; scrollbar-size-vertical: 1; }"

    class Changed(Told):
        """A field's text changed."""

    class Submitted(Told):
        """Enter was pressed in the last field."""

    def __init__(
        self, note: Callable[[Line], None], *, id: str | None = None, inherited: str = "assistant",
        rule: Rule | None = None,
    ) -> None:  # fmt: skip
        """`note` shows what is wrong with a field or what it is for, in a place that is always there."""
        super().__init__(id=id)
        self._note = note
        self._rule = rule
        self._inherited = inherited
        self.spec: FormSpec | None = None
        self._texts: dict[str, str] = {}
        self._told: dict[str, str] = {}
        """The texts that everyone has been told of."""
        self.rest: Json = None
        self._rows: dict[str, FieldRow] = {}
        self._given: Mapping[str, str] = {}
        self._checked = False

    def show(
        self, spec: FormSpec, texts: Mapping[str, str], rest: Json = None, given: Mapping[str, str] | None = None
    ) -> None:
        """Show a form with these texts; `given` are values that apply where a field stays empty, by field key."""
        fits = spec is self.spec and (given or {}) == self._given
        self.spec = spec
        self._texts = dict(texts)
        self._told = dict(texts)
        self.rest = rest
        self._given = given or {}
        self._checked = False
        if fits and [field.key for field in visible_fields(spec, texts)[:MOST_ROWS]] == list(self._rows):
            # The rows stand already; the cursor stays where it is.
            for key, row in self._rows.items():
                row.put(self._texts.get(key, ""))
            self._judge(self.assembled())
        else:
            self._build()

    def put(self, texts: Mapping[str, str], rest: Json = None) -> None:
        if self.spec is not None:
            self.show(self.spec, texts, rest, self._given)

    @property
    def texts(self) -> dict[str, str]:
        """What the fields hold at this moment, by field key."""
        for key, row in self._rows.items():
            text = row.typed()
            if text is not None and text != self._texts.get(key, ""):
                self._texts[key] = text
        return self._texts

    def assembled(self) -> Assembled:
        if self.spec is None:
            return Assembled()
        result = assemble(self.spec, self.texts, self.rest)
        if self._rule is None:
            return result
        return replace(result, problems={**self._rule(result.value), **result.problems})

    def check(self) -> Assembled:
        """Return the value, show every problem next to its field, and from now on keep them up to date."""
        self._checked = True
        result = self.assembled()
        self._judge(result)
        return result

    def focus_field(self, key: str = "") -> bool:
        """Focus the field `key`, or the first; return False when there is none."""
        rows = [self._rows[key]] if key in self._rows else list(self._rows.values())
        editor = next((row.editor for row in rows if row.editor is not None), None)
        if editor is None:
            return False
        if editor.is_attached:
            # At once: Textual's own `focus` comes after the keys that are waiting, and would undo an escape among them.
            self.screen.set_focus(editor)
        else:
            editor.focus()
        # A form that was just mounted has no layout yet to scroll in; what has the focus must be seen all the same.
        self.call_after_refresh(editor.scroll_visible, animate=False)
        return True

    @property
    def at_end(self) -> bool:
        """Whether its last field has the focus, where enter ends the form."""
        editors = self.editors
        return bool(editors) and editors[-1].has_focus

    @property
    def editors(self) -> list[TextField | ChoiceField]:
        return [row.editor for row in self._rows.values() if row.editor is not None]

    @property
    def also_sends(self) -> str:
        """The key that sends besides the one that always does, behind a blank: enter does from the end."""
        return " enter" if self.at_end else ""

    def focused_text_key(self) -> str:
        """Return the key of the text field that has the focus, or an empty text."""
        rows = self._rows.items()
        return next((key for key, row in rows if isinstance(row.editor, TextField) and row.editor.has_focus), "")

    @property
    def rows(self) -> int:
        """Return how many rows its fields take, as far as they are laid out."""
        return sum(max(1, row.outer_size.height) for row in self._rows.values())

    def on_resize(self, event: events.Resize) -> None:
        self._fit_labels(event.size.width)
        if (focused := self.screen.focused) is not None and self in focused.ancestors:
            self.scroll_to_widget(focused, animate=False)  # a form that lost rows keeps the field in use in sight

    def _fit_labels(self, cells: int) -> None:
        """Names stand beside their values in up to half of the form; longer ones above them.

        In the first picture of a form its width is not known yet: the values stand where they will in most widths.
        """
        cells = cells or _USUAL
        needed = [row.label_cells for row in self._rows.values()]
        labels = max((need for need in needed if need <= cells // 2), default=min(8, cells // 2))
        for row in self._rows.values():
            row.fit_label(labels, cells)

    def _build(self) -> None:
        assert self.spec is not None
        fields = visible_fields(self.spec, self._texts)
        fields, left_out = fields[:MOST_ROWS], len(fields[MOST_ROWS:]) + len(self.spec.omitted)
        rows = [
            FieldRow(item, self._texts.get(item.key, ""), self._hint(item), self._usual(item)[1], self._tell_note)
            for item in fields
        ]
        self._rows = {row.field.key: row for row in rows}
        self._fit_labels(self.size.width)
        extra: list[Widget] = []
        if left_out:
            extra.append(PlainStatic(f"{plural(left_out, 'more field')}: use the JSON mode for these."))
        # The screen is repainted once, when the new rows stand.
        with self.app.batch_update():
            self.query("SchemaForm > *").remove()
            self.mount_all([*rows, *extra])
        self._judge(self.assembled())
        self._tell_note()

    def _tell_note(self) -> None:
        """Tell of the field in use: its problem, or what it is for; with none in use, of the first that is wrong."""
        row = next((row for row in self._rows.values() if row.has_focus_within), None)
        if row is not None and not row.problem:
            told = row.explained()
            self._note((Span(told, "muted"),) if told else ())
            return
        wrong = row or next((row for row in self._rows.values() if row.problem), None)
        if wrong is None:
            self._note(())
        else:
            name = "" if wrong is row else f"{clean(title_of(wrong.field), 30)}: "
            self._note((Span(f"! {name}{clean(wrong.problem, 300)}", "err"),))

    def _usual(self, field: Field) -> tuple[str, str]:
        """Return what holds where a field is left empty, behind what that comes from."""
        given = self._given.get(field.key, "")
        return (self._inherited, given) if given else ("default", default_text(field))

    def _hint(self, field: Field) -> str:
        source, value = self._usual(field)
        if field.kind in _CHOICES:
            return f"{source}: {clean(value, 40)}" if value else unset_label(choice.label for choice in field.choices)
        if value or not field.placeholder:
            return f"{source}: {clean(value, 200)}" if value else _wanted(self, field)
        return f"for example: {clean(field.placeholder, 200)}"

    @on(TextField.Changed)
    def _typed(self, event: TextField.Changed) -> None:
        event.stop()
        row = next((row for row in self._rows.values() if row.editor is event.text_area), None)
        if row is not None and self._told.get(row.field.key, "") != event.text_area.text:
            self._set(row.field, event.text_area.text)

    @on(ChoiceField.Changed)
    def _chose(self, event: ChoiceField.Changed) -> None:
        event.stop()
        row = next((row for row in self._rows.values() if row.editor is event.field), None)
        if row is None:
            return
        self._set(row.field, event.label)
        if row.field.kind == "variant":
            key = row.field.key
            self._texts = dict(self.texts)  # what was typed into the rows that go away
            self._build()
            self.call_after_refresh(self.focus_field, key)

    def _set(self, field: Field, text: str) -> None:
        self._texts[field.key] = self._told[field.key] = text
        self._judge(self.assembled())
        self.post_message(self.Changed(self))

    def _judge(self, result: Assembled) -> None:
        """Judge what was typed, and once the form has been checked also what is missing."""
        for key, row in self._rows.items():
            judged = self._checked or self._texts.get(key)
            row.show_problem(result.problems.get(key, "") if judged else "")

    @on(TextField.Submitted)
    def _entered(self, event: TextField.Submitted) -> None:
        event.stop()
        self._next(event.field, 1, submit=True)

    @on(TextField.Left)
    def _left(self, event: TextField.Left) -> None:
        event.stop()
        self._next(event.field, event.direction, submit=False)

    def _next(self, widget: Widget, direction: int, *, submit: bool) -> None:
        editors = self.editors
        at = next((index for index, editor in enumerate(editors) if editor is widget), -1)
        if 0 <= at + direction < len(editors):
            editors[at + direction].focus()
        elif submit:
            self.post_message(self.Submitted(self))


def title_of(field: Field) -> str:
    """Return the name that a field goes by (raw): the property's own name, which JSON and code use too."""
    return field.name or field.title or "input"
