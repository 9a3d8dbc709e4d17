"""A request to look at: JSON in colours, with long lines that hang, few enough to be drawn at once."""

from __future__ import annotations

from types import SimpleNamespace

from textual.app import App, ComposeResult

from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.kit.json_text import WIDEST, JsonText
from studio_tui.ui.kit.terminal.themes import register_themes
from studio_tui.ui.kit.text_inputs import JsonArea
from tests.ui.harness import screen_text


class JsonApp(App[None]):
    def compose(self) -> ComposeResult:
        yield JsonText(3)

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = "studio-dark"


async def test_what_is_wrapped_of_a_line_of_json_stands_to_the_right_of_where_it_begins() -> None:
    async with JsonApp().run_test(size=(30, 8)) as pilot:
        view = pilot.app.query_one(JsonText)
        view.show('{\n  "input": "a sentence that is too long\x1b[2J",\n  "a": [1,\n 2]}\n\n')
        await pilot.pause()
        rows = ["{", '  "input": "a sentence that is', '    too long␛[2J",', '  "a": [1,', "… 3 more lines"]
        assert [row.rstrip() for row in screen_text(pilot.app).split("\n")][:5] == rows
        view.show("x" * 1_000_000)
        assert sum(len(line[0].text) for line in view._whole) <= WIDEST
        view.show_words("Cannot be sent.\nWhy not", "err")
        await pilot.pause()
        assert screen_text(pilot.app).split()[:4] == ["Cannot", "be", "sent.", "Why"]


async def test_a_line_of_json_that_goes_on_ends_in_a_sign_and_no_bar_takes_a_row() -> None:
    class Box(App[None]):
        services = SimpleNamespace(commands=build_registry(), options=SimpleNamespace(ascii=False))

        def compose(self) -> ComposeResult:
            yield JsonArea()

    async with Box().run_test(size=(20, 12)) as pilot:
        area = pilot.app.query_one(JsonArea)
        area.put('{"a":"漢字 and more",\n "b":"1234567890"}\n' + "x" * 9000)
        area.to_start()
        await pilot.pause()
        rows = [row.rstrip() for row in screen_text(pilot.app).split("\n")]
        assert rows[:3] == ['1  {"a":"漢字 and m…', '2   "b":"1234567890…', "3  " + "x" * 16 + "…"]
        assert area.size.height == 3
        area.move_cursor((1, 18))
        await pilot.pause()
        assert screen_text(pilot.app).split("\n")[1].rstrip().endswith('"}')
