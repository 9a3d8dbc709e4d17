"""The dialog of run options by keys: presets, checks before anything is sent, the assistant's settings, the preview."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from studio_tui.core.inputs.drafts import Unsaved
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.form.run_options import (
    PRESETS,
    from_value,
    preset_of,
    settings_of,
    settings_value,
    summary,
    to_value,
)
from studio_tui.domain.ids import AssistantId
from studio_tui.domain.run_request import RunOptions
from studio_tui.domain.stream_mode import DEFAULT_MODES, MODES
from studio_tui.jsonkit.value import Json
from studio_tui.text.sanitize import is_safe
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.contracts.command import CommandContext
from studio_tui.ui.kit.forms.check_list import CheckList
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.terminal.themes import register_themes
from studio_tui.ui.runs.options_screen import OptionsFor, RunOptionsScreen
from tests.recordings import recorded_schema
from tests.ui.harness import screen_text, wait_for_text, wait_until

FULL = RunOptions(
    stream_modes=("updates", "debug"),
    interrupt_before="*",
    interrupt_after=("tools",),
    multitask="enqueue",
    durability="exit",
    on_disconnect="cancel",
    recursion_limit=7,
    webhook="https://example.org/hook",
    metadata={"ticket": 12},
    config={"tags": ["a"]},
    context={"temperature": 0.5},
    after_seconds=3,
    background=True,
)
WRITER = Assistant(AssistantId("a1"), "brand_writer", "brand_writer", context={"model_name": "openai"})
SETTINGS = Schemas(context=recorded_schema("py", "chat", "context_schema"))


def body(options: RunOptions) -> Json:
    """What a server would be sent, in the parts that these tests look at."""
    return {"stream_mode": list(options.stream_modes), "recursion_limit": options.recursion_limit}


class OptionsApp(App[None]):
    """Opens the dialog at once and keeps its answer."""

    def __init__(self, options: RunOptions, about: OptionsFor) -> None:
        super().__init__()
        app_state = AppState()
        self.services: Any = SimpleNamespace(
            app=self, commands=build_registry(), unsaved=Unsaved(), studio_screen=None, app_state=app_state,
            studio=SimpleNamespace(app_state=app_state), options=SimpleNamespace(ascii=False, profiles={}),
            work=SimpleNamespace(shown=None), clock=SimpleNamespace(owe=lambda _part: None), now=lambda: 0.0,
            context=lambda: CommandContext(self.services), here=frozenset,
        )  # fmt: skip
        self._start = (options, about)
        self.answer: RunOptions | None = None
        self.closed = False

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = "studio-dark"
        self.push_screen(RunOptionsScreen(*self._start), self._answered)

    def _answered(self, options: RunOptions | None) -> None:
        self.answer, self.closed = options, True

    def form(self, which: str = "#options-form") -> SchemaForm:
        return self.screen.query_one(which, SchemaForm)


def dialog(
    options: RunOptions | None = None, nodes: tuple[str, ...] = ("agent", "tools"), schemas: Schemas | None = SETTINGS
) -> OptionsApp:
    return OptionsApp(options or RunOptions(), OptionsFor(WRITER, schemas, nodes, body))


async def opened(pilot: Pilot[None]) -> OptionsApp:
    app = pilot.app
    assert isinstance(app, OptionsApp)
    await wait_until(pilot, lambda: isinstance(app.focused, CheckList), "the dialog")
    return app


async def at_field(pilot: Pilot[Any], form: SchemaForm, key: str) -> None:
    await wait_until(pilot, lambda: form.focus_field(key))
    await wait_until(pilot, lambda: form.has_focus_within)


async def test_applying_without_a_change_gives_the_options_back() -> None:
    async with dialog(FULL).run_test(size=(120, 40)) as pilot:
        app = await opened(pilot)
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: app.closed)
        assert app.answer == FULL


async def test_escape_changes_nothing() -> None:
    async with dialog().run_test(size=(120, 40)) as pilot:
        app = await opened(pilot)
        await pilot.press("space", "escape")
        await wait_until(pilot, lambda: app.closed)
        assert app.answer is None


async def test_modes_are_switched_one_by_one_and_by_preset() -> None:
    async with dialog().run_test(size=(120, 40)) as pilot:
        app = await opened(pilot)
        await wait_for_text(pilot, "[x] values")
        await pilot.press("space")
        await wait_for_text(pilot, "[ ] values")
        await pilot.press("shift+tab", "d", "d")
        await wait_until(pilot, lambda: app.screen.query_one(CheckList).checked == {"debug"})
        await pilot.press("tab", "m", "tab", "shift+tab", "e", "space")  # the letter of before is forgotten
        await wait_until(pilot, lambda: app.screen.query_one(CheckList).checked == {"debug", "events"})
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: app.closed)
        assert app.answer is not None
        assert set(app.answer.stream_modes) == {"debug", "events"}


async def test_no_mode_at_all_is_refused() -> None:
    async with dialog(RunOptions(stream_modes=("values",))).run_test(size=(120, 40)) as pilot:
        app = await opened(pilot)
        await pilot.press("space", "ctrl+s")
        await wait_for_text(pilot, "Choose at least one stream mode")
        assert not app.closed


@pytest.mark.parametrize(
    ("key", "keys", "said"),
    [
        ("/interrupt_before", "agent,tolls", "Item 2: Choose one of: *, agent, tools."),
        ("/interrupt_after", "*,tools", "* means every node; remove the other names."),
        ("/recursion_limit", "0", "Must be 1 or more."),
        ("/webhook", "nowhere", "Not a valid URL."),
        ("/metadata", "[1]", "Must be a JSON object"),
    ],
)
async def test_wrong_values_are_told_at_the_field_and_not_applied(key: str, keys: str, said: str) -> None:
    async with dialog().run_test(size=(120, 44)) as pilot:
        app = await opened(pilot)
        await at_field(pilot, app.form(), key)
        await pilot.press(*keys)
        await pilot.press("ctrl+s")
        await wait_for_text(pilot, said)
        await wait_for_text(pilot, "1 field needs attention.")
        assert not app.closed


async def test_settings_override_the_assistant_for_its_runs_from_now_on() -> None:
    async with dialog().run_test(size=(120, 40)) as pilot:
        app = await opened(pilot)
        await wait_for_text(pilot, "For the runs of brand_writer from now on")
        assert "Settings for these runs, not the assistant" in screen_text(app)
        await wait_for_text(pilot, "assistant: openai")
        await at_field(pilot, app.form("#options-settings"), "/temperature")
        await pilot.press(*"0.9", "ctrl+s")
        await wait_until(pilot, lambda: app.closed)
        assert app.answer == RunOptions(context={"temperature": 0.9})


async def test_the_preview_follows_and_reset_goes_back() -> None:
    async with dialog().run_test(size=(120, 40)) as pilot:
        app = await opened(pilot)
        await at_field(pilot, app.form(), "/recursion_limit")
        await pilot.press("4", "2")
        await wait_for_text(pilot, '"recursion_limit": 42')
        await pilot.press("ctrl+r")
        await wait_for_text(pilot, "Press ^r once more")
        await pilot.press("3", "ctrl+r")  # what was asked about was another text
        await wait_for_text(pilot, '"recursion_limit": 423')
        assert "Press ^r once more" in screen_text(app)
        await pilot.press("ctrl+r")
        await wait_for_text(pilot, '"recursion_limit": null')
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: app.closed)
        assert app.answer == RunOptions()


async def test_everything_is_reached_on_a_small_screen() -> None:
    async with dialog().run_test(size=(80, 24)) as pilot:
        app = await opened(pilot)
        for which, key in (("#options-form", "/config"), ("#options-settings", "/tags")):
            await at_field(pilot, app.form(which), key)
            await wait_until(pilot, lambda: app.focused is not None and app.focused.region.bottom < 23)
        assert "Apply" in screen_text(app)


async def test_hostile_names_of_nodes_and_settings_are_shown_as_text() -> None:
    evil = "[/foo]\x1b[2J\u202e[@click=app.quit]"
    settings: Json = {"type": "object", "properties": {evil: {"enum": [evil], "description": evil, "default": evil}}}
    async with dialog(nodes=(evil,), schemas=Schemas(context=settings)).run_test(size=(140, 44)) as pilot:
        app = await opened(pilot)
        await at_field(pilot, app.form("#options-settings"), next(iter(_keys(app))))
        await wait_for_text(pilot, "[/foo]␛[2J")
        assert is_safe(screen_text(app))


def _keys(app: OptionsApp) -> list[str]:
    spec = app.form("#options-settings").spec
    assert spec is not None
    return [field.key for field in spec.fields]


@pytest.mark.parametrize("options", [RunOptions(), FULL])
def test_options_survive_the_way_through_the_form(options: RunOptions) -> None:
    settings = settings_of(SETTINGS, WRITER)
    assert settings is not None
    again = from_value(to_value(options), options.stream_modes, settings, settings_value(options, settings))
    assert {**_as_dict(again), "stream_modes": set(again.stream_modes)} == {
        **_as_dict(options),
        "stream_modes": set(options.stream_modes),
    }


def _as_dict(options: RunOptions) -> dict[str, object]:
    return {name: getattr(options, name) for name in RunOptions.__struct_fields__}


def test_a_request_carries_every_option() -> None:
    request = FULL.request({"x": 1})
    assert request.input == {"x": 1}
    assert all(getattr(request, name) == value for name, value in _as_dict(FULL).items())


def test_old_servers_get_settings_as_configurable() -> None:
    old = settings_of(Schemas(config=recorded_schema("py-0.0.46", "chat", "config_schema")), None)
    assert old is not None
    assert old.where == "configurable"
    options = from_value({}, DEFAULT_MODES, old, {"model_name": "openai"})
    assert options.config == {"configurable": {"model_name": "openai"}}
    assert options.context == {}
    nested: Json = {
        "properties": {"configurable": {"$ref": "#/definitions/C"}},
        "definitions": {"C": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}},
    }
    inner = settings_of(Schemas(config=nested), None)
    assert inner is not None
    assert "required" not in inner.schema if isinstance(inner.schema, dict) else False


@pytest.mark.parametrize("schemas", [None, Schemas(), Schemas(config={}, context=None), Schemas(context={"a": 1})])
def test_graphs_without_settings_have_no_form_for_them(schemas: Schemas | None) -> None:
    assert settings_of(schemas, WRITER) is None


def test_presets_are_recognised_in_any_order() -> None:
    assert preset_of(tuple(reversed(DEFAULT_MODES))) == "default"
    assert preset_of(("values",)) == ""
    assert set(PRESETS["everything"]) == set(MODES)


def test_the_summary_names_only_what_differs() -> None:
    assert summary(RunOptions()) == ""
    said: Callable[[str], bool] = summary(FULL).__contains__
    assert all(said(part) for part in ("updates+debug", "interrupt_before *", "multitask enqueue", "background"))


async def test_what_a_stream_mode_tells_stands_whole_in_a_terminal_of_120_columns() -> None:
    async with dialog().run_test(size=(120, 36)) as pilot:
        for mode in MODES:
            await wait_for_text(pilot, mode.words)
