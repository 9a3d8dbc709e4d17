"""The dock with contracts of human in the loop: each action its own decision, all in one request; empty questions."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.checkpoint import Interrupt
from tests.ui.conftest import Start
from tests.ui.interrupts.test_dock import ALL, answers, asked, dock_text, editor, flat, no_grace

__all__ = ["editor", "no_grace"]
SIZES = [(120, 36), (80, 24)]


def requests(*allowed: list[str]) -> dict[str, Any]:
    """A review request: action `tool0` with the first list of decisions, and so on."""
    return {
        "action_requests": [{"name": f"tool{n}", "args": {"n": n}} for n in range(len(allowed))],
        "review_configs": [{"action_name": f"tool{n}", "allowed_decisions": acts} for n, acts in enumerate(allowed)],
    }


@pytest.mark.parametrize("size", SIZES)
async def test_each_action_is_seen_and_decided_and_all_go_in_one_request(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await asked(it, requests(["approve"], ["reject"], ["respond", "reject"]))
        await it.until(lambda: "action 1 of 3" in dock_text(it) and "tool0" in dock_text(it))
        assert "review: tool0" not in it.screen  # the dock says it
        assert "tool1" not in dock_text(it)
        await it.press("n")
        await it.until(lambda: "does not allow reject; it takes: approve" in flat(it))
        await it.press("y")
        await it.until(lambda: "action 2 of 3" in dock_text(it) and "1 of 3 actions decided" in flat(it))
        await it.press("ctrl+s")
        await it.until(lambda: "Not sent: action 2 of 3 has no decision yet" in flat(it))
        assert not it.studio.called("answer")
        await it.press("N")
        await it.until(lambda: "reject with these words" in flat(it))
        await it.type("too dear")
        await it.press("enter")
        await it.until(lambda: "action 3 of 3" in dock_text(it))
        await it.press("enter")
        await it.until(lambda: "respond with these words" in flat(it))
        await it.sees(" enter Keep it  ^e Editor  esc Leave the text")
        await it.type("42")
        await it.press("enter")
        await it.until(lambda: "^s send 3 decisions" in flat(it))
        assert not it.studio.called("answer")
        await it.press("ctrl+s")
        decided = [{"type": "approve"}, {"type": "reject", "message": "too dear"}, {"type": "respond", "message": "42"}]
        assert await answers(it) == {"q1": {"decisions": decided}}


async def test_a_list_of_human_interrupts_is_answered_in_order_and_a_decision_can_be_changed(start: Start) -> None:
    async with start() as it:
        pair = [{"action_request": {"action": name, "args": {}}, "config": ALL} for name in ("first", "second")]
        await asked(it, pair)
        await it.until(lambda: "action 1 of 2" in dock_text(it))
        await it.press("y", "y", "left_square_bracket")
        await it.until(lambda: "action 1 of 2" in dock_text(it) and "2 of 2 actions decided" in flat(it))
        await it.press("n", "ctrl+s")
        assert await answers(it) == {"q1": [{"type": "ignore", "args": None}, {"type": "accept", "args": None}]}


async def test_approvals_of_single_calls_are_single_decisions(start: Start) -> None:
    async with start() as it:
        value: Any = {"type": "tool_approval", "tool_call_id": "c1", "name": "send", "args": {"to": "kim"}}
        schema: Any = {"type": "object", "properties": {"type": {"const": "approve"}}, "required": ["type"]}
        await asked(it, Interrupt("q1", value, schema, node="tools"))
        await it.until(lambda: "send" in dock_text(it) and "y approve" in flat(it))
        assert "reject" not in dock_text(it)
        await it.press("y", "y")
        assert await answers(it) == {"q1": {"type": "approve"}}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "The question is an empty text."),
        (" \n", "The question is blank: 2 characters"),
        (None, "The question is null"),
        ([], "The question is an empty list."),
        ({}, "The question is an empty object."),
    ],
)
async def test_a_question_without_words_is_said_to_be_one(start: Start, value: Any, said: str) -> None:
    async with start() as it:
        await asked(it, value)
        await it.until(lambda: said in flat(it))


async def test_words_written_in_the_editor_are_words(start: Start, editor: Any) -> None:
    async with start() as it:
        await asked(it, requests(["reject"]))
        editor.append(lambda _text: "because\n")
        await it.press("N", "ctrl+e")
        await it.until(lambda: "because" in dock_text(it))
        await it.press("enter")
        assert await answers(it) == {"q1": {"decisions": [{"type": "reject", "message": "because"}]}}


async def test_the_editor_opens_only_where_an_edit_is_allowed(start: Start, editor: Any) -> None:
    async with start() as it:
        await asked(it, requests(["approve"]))
        editor.append(lambda _text: '{"n": 7}')
        await it.press("ctrl+e")
        await it.until(lambda: "does not allow edit" in flat(it))


async def test_decisions_on_some_actions_survive_a_crash(start: Start) -> None:
    value = requests(["approve"], ["approve"])
    async with start() as it:
        await asked(it, value)
        await it.press("y")
        files = it.app.options.paths.drafts_dir if it.app.options.paths else None
        assert files is not None
        await it.until(lambda: any("decisions" in path.read_text() for path in files.glob("*.draft.json")))
    async with start() as it:
        it.studio.app_state.touch(Slice.RUN)
        await asked(it, value)
        await it.until(lambda: "action 2 of 2" in dock_text(it))
        await it.press("y", "ctrl+s")
        assert await answers(it) == {"q1": {"decisions": [{"type": "approve"}, {"type": "approve"}]}}
