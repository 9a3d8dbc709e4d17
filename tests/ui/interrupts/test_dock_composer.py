"""A question arrives while somebody writes in the composer."""

from __future__ import annotations

import pytest
from textual import events

from studio_tui.client.target import Target
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.graph import START
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run import Phase
from studio_tui.jsonkit.value import JsonObject
from studio_tui.ui.kit.text_inputs import TextField
from tests.ui.conftest import Start
from tests.ui.harness import widget_text

FORM: JsonObject = {
    "type": "object",
    "properties": {"item": {"type": "string"}, "payee": {"type": "string"}, "eur": {"type": "number"}},
}


@pytest.mark.parametrize(
    ("size", "looks_away"), [((60, 16), False), ((80, 24), False), ((120, 36), False), ((160, 45), True)]
)
async def test_a_question_takes_no_composer_from_whoever_is_there(
    start: Start, size: tuple[int, int], *, looks_away: bool
) -> None:
    """Nor where the focus comes back later, from another window or to another form: nobody saw what had it then."""
    async with start(size=size, target=Target("http://127.0.0.1:4711")) as it:
        screen = it.app.studio_screen
        await it.until(lambda: screen.area == "composer")
        if looks_away:
            it.app.post_message(events.AppBlur())
            await it.until(lambda: screen.focused is None)
        it.studio.asks("First?")
        await it.until(lambda: screen.dock.display)
        if looks_away:
            it.app.post_message(events.AppFocus())
            await it.until(lambda: screen.area == "composer")
        assert screen.composer.display
        assert screen.area == "composer", "a letter typed now is text, however long one waited"
        await it.type("draft")
        await it.until(lambda: screen.composer.state.text() == "draft")
        await it.press(*["backspace"] * 5)
        await it.panels()
        await it.until(lambda: not screen.composer.display)
        assert not it.studio.called("answer")


@pytest.mark.parametrize(("size", "rows"), [((80, 24), 12), ((120, 36), 22)])
async def test_a_question_leaves_one_row_to_a_form_in_use_until_that_is_called(
    start: Start, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], rows: int
) -> None:
    """The field in use keeps the focus and is the one that is seen; all rows are back when the question is gone."""
    async with start(size=size) as it:
        screen = it.app.studio_screen
        draw = screen.dock.draw

        def laid_out_at_once(app_state: AppState, changed: frozenset[Slice]) -> None:
            draw(app_state, changed)
            screen.lay_out()  # as when the graph's picture comes before what the dock says of its questions

        monkeypatch.setattr(screen.dock, "draw", laid_out_at_once)
        await it.until(lambda: screen.area == "composer")
        it.studio.app_state.schemas = Schemas("agent", input=FORM, state=FORM)
        it.studio.app_state.touch(Slice.SCHEMAS)
        await it.until(lambda: screen.area == "composer" and screen.composer.state.mode == "form", "the form")
        await it.sees("tab Next field")
        await it.press("tab", "tab", "tab", "shift+tab")  # round: in the panels the next letter would be a command
        await it.type("1890")
        high = screen.composer.region.height
        it.studio.asks("\n".join(f"line {number}" for number in range(40)))
        await it.until(lambda: screen.dock.region.height == rows and screen.composer.region.height == 3, "the rows")
        await it.until(lambda: "1890" in widget_text(screen.composer), "the field in use")
        assert screen.area == "composer"
        await it.press("up")
        await it.until(lambda: "payee" in widget_text(screen.composer), "the field above it")
        await it.type("Zoe")
        await it.press("left", "ctrl+s")
        await it.sees("Run without answering?")
        await it.press("escape")
        await it.until(lambda: "Run without" not in it.screen and "payee" in widget_text(screen.composer), "its field")
        field = screen.focused
        assert isinstance(field, TextField)
        assert field.cursor_location == (0, 2), "where it was"
        screen.focus_composer(asked=False)  # as at the end of opening a thread: nobody called it
        assert screen.arrangement.plan.brief
        form = screen.composer.editors.form
        assert not form.styles.scrollbar_size_vertical, "in one row it would be a lone block"
        await it.press("escape", "i")
        await it.until(lambda: screen.composer.region.height > 3, "called, it has rows for its form")
        await it.until(lambda: form.styles.scrollbar_size_vertical == 1)
        it.studio.running(Phase.DONE)
        await it.until(lambda: not screen.dock.display and screen.composer.region.height == high, "all of it again")
        assert not it.studio.called("answer")


async def test_the_graphs_cursor_stands_on_what_waits_until_somebody_puts_it_elsewhere(start: Start) -> None:
    """Whether the thread's state or the focus comes first; on the next thread that waits nobody has put it yet."""
    async with start() as it:
        graph, app_state = it.app.studio_screen.graph, it.studio.app_state
        await it.panels()
        await it.press("2")
        await it.until(lambda: graph.selected == "agent")
        app_state.thread_id = ThreadId("dddd0001-0000-4000-8000-000000000001")
        it.studio.paused_at("tools")
        await it.until(lambda: graph.selected == "tools", "what waits")
        await it.press("g")
        await it.until(lambda: graph.selected == START, "where the user went")
        it.studio.paused_at("agent")
        await it.until(lambda: not app_state.dirty)
        assert graph.selected == START
        app_state.thread_id = ThreadId("dddd0002-0000-4000-8000-000000000002")
        app_state.touch(Slice.THREADS)
        it.studio.paused_at("tools")
        await it.until(lambda: graph.selected == "tools", "what waits on another thread")
