"""Answers that an editor made of what is asked: shown as they will be sent, sent at the second press, dropped."""

from __future__ import annotations

from typing import Any

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
        await asked(it, {"draft": "x"})
        await it.press("e")
        await it.sees("Nothing was changed")
        await it.press("enter")
        await it.until(lambda: it.app.studio_screen.dock.editors.writing)
        assert not it.studio.called("answer")
