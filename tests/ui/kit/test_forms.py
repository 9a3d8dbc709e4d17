"""Forms: rows for fields, choices by keys and mouse, problems next to the field, lists of any length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.pilot import Pilot

from studio_tui.core.inputs.drafts import Unsaved
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.form.fields import fields_of
from studio_tui.jsonkit.value import Json
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.composer.editors import LargeNote
from studio_tui.ui.kit.dialogs.picker import PickerDialog
from studio_tui.ui.kit.forms.choice_field import ChoiceField, unset_label
from studio_tui.ui.kit.forms.form import MOST_ROWS, SchemaForm
from studio_tui.ui.kit.forms.letters import found
from studio_tui.ui.kit.forms.note_rows import NoteRows
from studio_tui.ui.kit.terminal.themes import register_themes
from studio_tui.ui.kit.text_inputs import MOST_LINES, JsonArea, TextField
from tests.ui.composer.composer_host import RICH, Host, focused, form_host, paste
from tests.ui.harness import screen_text, wait_for_text, wait_until


class FormApp(App[None]):
    """One form on an empty screen."""

    services = SimpleNamespace(commands=build_registry(), unsaved=Unsaved())

    def __init__(self, schema: Json, texts: Mapping[str, str], given: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._given = (schema, texts, given)
        self.submitted = 0

    def compose(self) -> ComposeResult:
        notes = NoteRows()
        yield SchemaForm(notes.tell, id="form")
        yield notes

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = "studio-dark"
        schema, texts, given = self._given
        self.form.show(fields_of(schema), texts, None, given)

    @property
    def form(self) -> SchemaForm:
        return self.query_one(SchemaForm)

    def on_schema_form_submitted(self) -> None:
        self.submitted += 1


async def shown(pilot: Pilot[None]) -> FormApp:
    app = pilot.app
    assert isinstance(app, FormApp)
    await wait_until(pilot, app.form.focus_field)
    await wait_until(pilot, lambda: app.form.has_focus_within)
    return app


def properties(**fields: Json) -> Json:
    return {"type": "object", "properties": fields}


async def test_keys_that_arrive_in_one_burst_keep_their_order() -> None:
    app = FormApp(properties(a={"type": "string"}), {"/a": "40"})
    async with app.run_test(size=(60, 12)) as pilot:
        await shown(pilot)
        for key in ("backspace", "backspace", "2", "1", "left", "3", "home", "delete"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await wait_until(pilot, lambda: app.form.texts.get("/a") == "31")


async def test_enter_goes_through_the_fields_and_submits_at_the_end() -> None:
    schema = properties(a={"type": "string"}, b={"type": "boolean"}, c={"type": "integer"})
    async with FormApp(schema, {}).run_test(size=(60, 20)) as pilot:
        app = await shown(pilot)
        await pilot.press("x", "enter", "y", "enter", "4", "enter")
        await wait_until(pilot, lambda: app.submitted == 1)
        assert app.form.assembled().value == {"a": "x", "b": True, "c": 4}


async def test_arrows_move_between_fields_and_within_long_ones() -> None:
    schema = properties(a={"type": "string"}, b={"type": "string"})
    async with FormApp(schema, {"/a": "one\ntwo"}).run_test(size=(60, 20)) as pilot:
        app = await shown(pilot)
        first = app.focused
        await pilot.press("up")
        assert app.focused is first
        await pilot.press("down", "down", "z", "up", "Z")
        await wait_until(pilot, lambda: app.form.texts == {"/a": "one\ntwoZ", "/b": "z"})


async def test_a_wrong_value_is_told_at_once_and_a_missing_one_only_when_checked() -> None:
    schema: Json = {**_object(n={"type": "integer", "maximum": 9}, a={"type": "string"}), "required": ["a"]}
    async with FormApp(schema, {}).run_test(size=(60, 20)) as pilot:
        app = await shown(pilot)
        await pilot.press("1", "2")
        await wait_for_text(pilot, "! Must be 9 or less.")
        assert "Required" not in screen_text(app)
        app.form.check()
        await pilot.press("backspace", "down")
        await wait_for_text(pilot, "! Required.")
        await pilot.press("t")
        await wait_until(pilot, lambda: "!" not in screen_text(app))


def _object(**fields: Json) -> dict[str, Json]:
    return {"type": "object", "properties": fields}


async def test_choices_step_jump_clear_and_take_the_mouse() -> None:
    schema = properties(m={"enum": ["fast", "deep", "double"]})
    async with FormApp(schema, {}).run_test(size=(60, 20)) as pilot:
        app = await shown(pilot)
        for key, value in (("right", "fast"), ("d", "deep"), ("d", "double"), ("left", "deep"), ("delete", "")):
            await pilot.press(key)
            await wait_until(pilot, lambda: app.form.texts.get("/m", "") == value)  # noqa: B023 (awaited here)
        row = next(line for line in screen_text(app).split("\n") if "double" in line)
        await pilot.click("ChoiceField", offset=(row.index("double") - app.query_one(ChoiceField).region.x, 0))
        await wait_until(pilot, lambda: app.form.texts.get("/m") == "double")


async def test_no_letter_in_a_form_is_a_command(tmp_path: Path) -> None:
    """In a choice it searches; where nothing is typed and nothing searched, it does nothing."""

    class Commanded(Host):
        BINDINGS: ClassVar[list[BindingType]] = [
            (key, f"command('{key}')") for key in (*"valkhjxq1", "question_mark", "colon", "space")
        ]

    takes = properties(kind={"enum": ["load_rows", "validate", "value"]}, n={"type": "integer"})
    async with Commanded(tmp_path, Schemas(input=takes), "report").run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        form = host.query_one(SchemaForm)
        await wait_until(pilot, lambda: form.focus_field("/kind"))
        for keys, value in (
            ("val", "validate"),
            ("v", "value"),
            ("k1?:", "value"),
            ("value", "value"),
            ("l", "load_rows"),
        ):
            await pilot.press(*keys)
            await wait_until(pilot, lambda: form.texts.get("/kind") == value, value)  # noqa: B023 (awaited here)
        assert not host.composer.editors.also_sends
        await pilot.press("enter")
        await wait_until(pilot, lambda: host.composer.editors.also_sends == " enter")
        await paste_large(pilot, host)
        await pilot.press(*"val")
        assert host.performed == []


async def paste_large(pilot: Pilot[None], host: Host) -> None:
    """Put a text into the input that is shown by a note in place of an editor."""
    host.composer.editors.set_mode("json")
    await wait_until(pilot, lambda: isinstance(host.focused, JsonArea))
    await paste(pilot, " " * (MOST_LINES + 1))
    await wait_until(pilot, lambda: isinstance(host.focused, LargeNote))


def test_letters_lead_to_what_begins_with_all_of_them_else_to_the_next_that_begins_with_the_last() -> None:
    labels = ["", "high", "low", "lowest", "Lower"]
    typed, at, value = "", -1, ""
    for letter, wanted in zip("lowerlhx", ("low", "low", "low", "lowest", "Lower", "low", "high", None), strict=True):
        at, typed = found(labels, value, typed, letter)
        assert (labels[at] if at >= 0 else None) == wanted
        value = labels[at] if at >= 0 else value
    assert found(["values", "updates"], "gone", "", "u") == (1, "u")


async def test_many_choices_open_a_list_that_narrows() -> None:
    schema = properties(m={"enum": [f"model-{number}" for number in range(500)]})
    async with FormApp(schema, {}).run_test(size=(60, 20)) as pilot:
        app = await shown(pilot)
        await pilot.press("space")
        await wait_until(pilot, lambda: isinstance(app.screen, PickerDialog))
        await pilot.press(*"417", "enter")
        await wait_until(pilot, lambda: app.form.texts.get("/m") == "model-417")


def test_what_else_a_field_takes_begins_with_what_is_not_its_default() -> None:
    field = ChoiceField(("reject", "enqueue", "interrupt", "rollback"), unset="default: reject", usual="reject")
    assert field._others(40, " …") == "   or enqueue, interrupt, rollback …"
    assert field._others(50, " …") == "   or enqueue, interrupt, rollback, reject"
    assert field._others(16, " …") == "   or enqueue …"
    field = ChoiceField(("b", "a: b"), unset="default: a: b", usual="a: b")
    assert field._others(50, " …") == "   or b, a: b"


async def test_a_nullable_choice_can_be_null_or_left_out() -> None:
    schema = properties(b={"anyOf": [{"type": "boolean"}, {"type": "null"}]})
    async with FormApp(schema, {}).run_test(size=(60, 20)) as pilot:
        app = await shown(pilot)
        await wait_for_text(pilot, "not set   yes   no   null")
        await pilot.press("left")
        await wait_until(pilot, lambda: app.form.assembled().value == {"b": None})


async def test_the_fields_of_an_alternative_appear_with_its_choice(tmp_path: Path) -> None:
    async with form_host(tmp_path, RICH).run_test(size=(80, 30)) as pilot:
        form = pilot.app.query_one(SchemaForm)
        await wait_until(pilot, lambda: form.focus_field("/tool"))
        await pilot.press("s")
        await wait_for_text(pilot, "query*")
        await wait_until(pilot, lambda: isinstance(pilot.app.focused, ChoiceField))
        await pilot.press("c")
        await wait_for_text(pilot, "expr")
        assert "query*" not in screen_text(pilot.app)


async def test_what_the_assistant_has_set_is_shown_where_nothing_is_typed() -> None:
    schema = properties(
        model={"enum": ["a", "b"]}, prompt={"type": "string", "default": "be kind"}, t={"type": "number"}
    )
    async with FormApp(schema, {}, {"/model": "b", "/t": "0.2"}).run_test(size=(70, 20)) as pilot:
        app = await shown(pilot)
        await wait_for_text(pilot, "assistant: 0.2")
        assert "assistant: b" in screen_text(app)
        assert "default: be kind" in screen_text(app)
        assert app.form.assembled().value == {}


async def test_a_very_long_form_stays_bounded_and_says_so() -> None:
    schema = properties(**{f"field_{number}": {"type": "string"} for number in range(1000)})
    async with FormApp(schema, {}).run_test(size=(60, 20)) as pilot:
        app = await shown(pilot)
        await wait_until(pilot, lambda: len(app.query(TextField)) == MOST_ROWS)
        last = f"{1000 - MOST_ROWS} more fields: use the JSON mode for these."
        app.form.scroll_end(animate=False)
        await wait_for_text(pilot, last)


async def test_values_stand_in_their_place_before_the_width_is_known() -> None:
    app = FormApp(properties(count={"type": "integer"}, seconds={"type": "number"}), {})
    async with app.run_test(size=(60, 12)) as pilot:
        await shown(pilot)
        places = {str(row.styles.grid_columns) for row in app.form._rows.values()}
        for row in app.form._rows.values():
            row.fit_label(20, 60)  # as in a row that nobody has told a width
        app.form._fit_labels(0)
        assert {str(row.styles.grid_columns) for row in app.form._rows.values()} == places


async def test_long_labels_leave_room_for_the_value() -> None:
    schema = properties(**{"x" * 200: {"type": "string"}})
    async with FormApp(schema, {}).run_test(size=(40, 10)) as pilot:
        app = await shown(pilot)
        await pilot.press("o", "k")
        await wait_for_text(pilot, "ok")
        assert app.query_one(TextField).region.width >= 20


@pytest.mark.parametrize(
    ("start", "typed", "text"),
    [("{}", '"a": 1', '{"a": 1}'), ("{}", '{"a": 1}', '{"a": 1}'), ("[]", "1, 2", "[1, 2]"), ("{}", "[1]", "[1]")],
)
async def test_empty_brackets_take_what_is_typed(start: str, typed: str, text: str) -> None:
    class Box(App[None]):
        def compose(self) -> ComposeResult:
            yield JsonArea()

    async with Box().run_test() as pilot:
        area = pilot.app.query_one(JsonArea)
        area.put(start)
        area.focus()
        for char in typed:
            pilot.app.post_message(events.Key(char, char))
        await wait_until(pilot, lambda: area.text == text, area.text)


@pytest.mark.parametrize(
    ("text", "at"), [("29", (0, 2)), ('"counting"', (0, 9)), ("[]", (0, 1)), ("{\n  1\n}", (0, 0))]
)
async def test_a_value_of_one_line_is_changed_at_its_end(text: str, at: tuple[int, int]) -> None:
    class Box(App[None]):
        def compose(self) -> ComposeResult:
            yield JsonArea()

    async with Box().run_test() as pilot:
        area = pilot.app.query_one(JsonArea)
        area.put(text)
        area.to_value()
        assert area.cursor_location == at


async def test_the_fields_of_a_form_are_styled_together(monkeypatch: pytest.MonkeyPatch) -> None:
    styled: list[object] = []
    update = Stylesheet.update_nodes

    def counted(sheet: Stylesheet, nodes: Iterable[DOMNode], animate: bool = False) -> None:
        styled.append(nodes)
        update(sheet, nodes, animate)

    monkeypatch.setattr(Stylesheet, "update_nodes", counted)
    counts = []
    for number in (2, 20):
        styled.clear()
        app = FormApp(properties(**{f"field{index}": {"type": "string"} for index in range(number)}), {})
        async with app.run_test() as pilot:
            await shown(pilot)
            await pilot.pause()
            assert len(app.query(TextField)) == number
            counts.append(len(styled))
    assert counts[1] <= counts[0] + 1


def test_what_is_not_set_is_told_from_a_value_that_is_called_none() -> None:
    assert unset_label(("none", "extract")) == "left out"
    assert unset_label(("low", "high")) == "not set"
