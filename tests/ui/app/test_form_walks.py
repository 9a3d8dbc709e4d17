"""Forms and dialogs in a small terminal: tab leads to each field, in sight, and the page keys to what is below."""

from __future__ import annotations

from pathlib import Path

from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import TextArea

from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.ids import AssistantId
from studio_tui.domain.run_request import RunOptions
from studio_tui.ui.kit.forms.choice_field import ChoiceField
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.text_inputs import TextField
from studio_tui.ui.runs.options_screen import OptionsFor, RunOptionsScreen
from studio_tui.ui.screens.form_page import FormPage
from tests.recordings import recorded_schema
from tests.ui.app.test_moved_keys import PAGES, Shown
from tests.ui.conftest import Driven, Start

SETTINGS = Schemas(context=recorded_schema("py", "chat", "context_schema"))
WRITER = Assistant(AssistantId("a1"), "brand_writer", "brand_writer", context={"model_name": "openai"})
BODY = {f"key {number}": number for number in range(40)}
FORMS: dict[str, Shown] = {
    "options": lambda _it, _: RunOptionsScreen(RunOptions(), OptionsFor(WRITER, SETTINGS, (), lambda _options: BODY)),
    **{name: PAGES[name][0] for name in ("assistant", "state", "messages", "cron", "command", "connect")},
}


def _in_sight(screen: Screen[object], widget: Widget) -> bool:
    """Whether the row in which is written, or some of it, is on the screen, and no other widget over it."""
    place = screen.find_widget(widget)
    row = widget.cursor_screen_offset.y if isinstance(widget, TextArea) else place.region.y
    seen = Region(place.region.x, row, place.region.width, 1).intersection(place.clip)
    return bool(seen.area) and screen.get_widget_at(*seen.offset)[0] is widget


async def test_tab_leads_to_each_field_of_every_form_and_each_is_in_sight(start: Start, tmp_path: Path) -> None:
    faults = []
    async with start(size=(80, 24)) as it:
        await it.panels()
        for name, make in FORMS.items():
            screen = make(it, tmp_path)
            it.app.push_screen(screen)
            await it.until(lambda: it.app.screen is screen and screen.focused is not None, name)  # noqa: B023 - at once
            await it.pilot.pause()
            fields, seen = list(screen.focus_chain), list[Widget]()
            for _ in fields:
                assert screen.focused is not None
                seen.append(screen.focused)
                if isinstance(screen, FormPage) and screen.FIELDS:
                    await it.sees("left right Choose" if isinstance(screen.focused, ChoiceField) else "tab Next field")
                if not _in_sight(screen, screen.focused):
                    faults.append(f"{name}: {screen.focused} is out of sight")
                await it.press("tab")
            faults += [f"{name}: tab never leads to {field}" for field in fields if field not in seen]
            if name == "options":
                await _page_keys_lead_below_the_last_field(it)
            it.app.pop_screen()
            await it.until(lambda: it.app.screen is it.app.studio_screen, f"back from {name}")
    assert not faults, "\n".join(faults)


async def _page_keys_lead_below_the_last_field(it: Driven) -> None:
    """Also from a field that takes the page keys itself, as long as its text does not fill it."""
    last, screen = f'"key {len(BODY) - 1}": ', it.app.screen
    screen.query_one("#options-form", SchemaForm).focus_field("/webhook")
    assert last not in it.screen
    for _ in range(4):
        await it.press("pagedown")
    assert last in it.screen
    await it.press("shift+tab", "end")  # from a row of choices
    assert last in it.screen
    await it.press("tab", "pagedown", "pagedown")
    webhook = screen.query_one("#options-form", SchemaForm).query(TextField)[-3]
    assert not _in_sight(screen, webhook)
    await it.press("h")  # what is typed is seen
    assert _in_sight(screen, webhook)
