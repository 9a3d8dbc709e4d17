"""Answers that an editor made of what is asked: shown as they will be sent, sent at the second press, dropped."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.run import Phase
from tests.ui.conftest import Start
from tests.ui.interrupts.test_dock import ALL, TRANSFER, answers, asked, dock_text, editor, flat, no_grace

__all__ = ["editor", "no_grace"]


async def test_an_edit_is_shown_and_sent_at_the_second_press_and_can_be_dropped(start: Start, editor: Any) -> None:
    editor.extend([lambda text: text.replace("250", "25"), lambda text: text])  # the second time it is kept as it was
    editor.append(lambda text: text.replace("25", "30"))
    async with start() as it:
        await asked(it, {"action_request": TRANSFER, "config": ALL})
        await it.press("e")
        await it.until(lambda: "your edit: eur 250 → 25" in dock_text(it), "what was changed")
        await it.sees("enter Send the edit")
        assert "eur     25  was 250" in dock_text(it)
        assert "enter send the edit space drop the edit" in flat(it)
        await it.sees("space Drop the edit")
        await it.press("y", "y")  # would take what was asked, which is not what is to be seen
        await it.until(lambda: "Drop your edit first (space), or send it (enter)." in dock_text(it))
        await it.press("space")
        await it.until(lambda: "edited, not sent: eur 250 → 25" in dock_text(it) and "y accept" in flat(it))
        assert "was 250" not in dock_text(it)
        await it.press("e")
        await it.until(lambda: "your edit: eur 250 → 25" in dock_text(it))
        await it.press("enter")
        await it.until(lambda: "enter again sends eur 250 → 25 to review" in dock_text(it))
        it.app.studio_screen.dock.act("edit")  # by the mouse: no key takes the decision back
        await it.until(lambda: "your edit: eur 250 → 30" in dock_text(it))
        await it.press("enter")
        await it.until(lambda: "enter again sends eur 250 → 30 to review" in dock_text(it))
        assert not it.studio.called("answer")
        await it.press("enter")
        edited = {"action": "transfer", "args": {"eur": 30}}
        assert await answers(it) == {"q1": [{"type": "edit", "args": edited}]}


async def test_broken_json_comes_back_to_the_editor(start: Start, editor: Any) -> None:
    seen: list[str] = []
    editor.append(lambda text: text.replace("}", "") + "oops")

    def again(text: str) -> str:
        seen.append(text)
        return '{"eur": 1}'

    editor.append(again)
    async with start() as it:
        await asked(it, {"action_request": TRANSFER, "config": ALL})
        await it.press("e")
        await it.sees("The JSON does not parse")
        await it.press("e")
        await it.until(lambda: "✓ your edit: eur 250 → 1" in dock_text(it))
        assert "oops" in seen[0]


async def test_an_edit_that_changes_nothing_sends_nothing(start: Start, editor: Any) -> None:
    editor.append(lambda text: text)
    async with start() as it:
        await asked(it, {"draft": [f"line {number}" for number in range(60)]})
        await it.until(lambda: "more rows: down scrolls" in dock_text(it))
        assert "e edit in vim" in flat(it)
        await it.press("e")
        await it.until(lambda: "Nothing was changed, so nothing is sent. · ↓ 4" in flat(it), "there is more to read")
        await it.sees("more rows")
        await it.press("enter")
        await it.until(lambda: it.app.studio_screen.dock.editors.writing)
        assert not it.studio.called("answer")


@pytest.mark.parametrize("words", [False, True])
async def test_what_was_written_for_a_question_that_went_while_the_editor_was_open_is_kept_and_it_is_said_where(
    start: Start, editor: Any, *, words: bool
) -> None:
    """Words that were typed before the editor was opened, too, which leaves them as they are."""
    async with start() as it:

        def write(text: str) -> str:
            it.studio.running(Phase.DONE)  # somebody else has answered
            it.app.studio_screen.dock.draw(it.studio.app_state, frozenset({Slice.RUN}))
            return text if words else '{"eur": 7}'

        editor.append(write)
        question: Any = {"action_request": TRANSFER, "config": ALL}
        await asked(it, question)
        await it.press(*(("enter", *"why so", "ctrl+e") if words else ("e",)))
        await it.sees("The question of review is gone. What you wrote is kept in")
        paths = it.app.options.paths
        assert paths is not None
        [path] = paths.drafts_dir.glob("answer-*")
        assert path.read_text() == ("why so" if words else '{"eur": 7}')
        it.studio.asks(question)
        await it.until(lambda: ("typed" if words else "edited") + ", not sent: " in dock_text(it), "asked again")
        assert not it.studio.called("answer")


async def test_what_is_typed_in_the_dock_for_a_question_that_goes_is_kept_in_the_same_way(start: Start) -> None:
    async with start() as it:
        await asked(it, "First?")
        await it.press("enter", *"no, because")
        it.studio.paused_at("tools")
        await it.sees("What you wrote is kept in")
        paths = it.app.options.paths
        assert paths is not None
        assert [path.read_text() for path in paths.drafts_dir.glob("answer-*")] == ["no, because"]
        await it.press("escape")
        it.studio.asks("Second?")
        await it.press("c", "enter", "x", "enter")
        assert await answers(it) == {"q1": "x"}
        await it.until(lambda: not it.app.studio_screen.dock.display, "what is sent is not left behind")
        assert len(list(paths.drafts_dir.glob("answer-*"))) == 1
