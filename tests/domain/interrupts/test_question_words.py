"""A question of the graph on one line, in the words that it says, whatever its form."""

from __future__ import annotations

import pytest

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import TaskId
from studio_tui.domain.interrupts.question_words import preview_of, words_of
from studio_tui.domain.run import TaskStatus, TaskView
from studio_tui.jsonkit.value import Json
from studio_tui.present.runs.timeline_lines import question_words
from studio_tui.text.spans import plain

_HUMAN: Json = {
    "action_request": {"action": "approve_expense", "args": {"amount": 1240}},
    "config": {"allow_accept": True, "allow_edit": False, "allow_ignore": True, "allow_respond": True},
    "description": "**Sam Rivera** asks for\n\n`€1240`",
}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([_HUMAN], "approve_expense: Sam Rivera asks for €1240"),
        (_HUMAN, "approve_expense: Sam Rivera asks for €1240"),
        ({"action_requests": [{"name": "book", "args": {}}], "review_configs": []}, "book: {}"),
        ({"question": "Is there **budget**?", "cost_centre": 4711}, "Is there budget?"),
        ({"cost_centre": 4711, "ask": "is this what you want"}, "is this what you want"),
        ("## Sure?", "Sure?"),
        ({"cost_centre": 4711}, ""),
        ([1, 2], ""),
    ],
)
def test_a_question_says_its_words(value: Json, words: str) -> None:
    assert words_of(Interrupt("i", value)) == words


def test_the_timeline_says_what_a_list_of_actions_asks() -> None:
    task = TaskView(TaskId("t"), "review", status=TaskStatus.INTERRUPTED, interrupts=(Interrupt("i", [_HUMAN]),))
    assert plain(question_words(task)) == '"approve_expense: Sam Rivera asks for €1240"'
    bare = TaskView(TaskId("t"), "review", status=TaskStatus.INTERRUPTED, interrupts=(Interrupt("i", [1, 2]),))
    assert plain(question_words(bare)) == "[2] 1, 2"


def test_a_line_of_a_list_has_no_marks_of_markdown() -> None:
    assert preview_of(Interrupt("i", "**Sam** asks: `yes`?")) == "Sam asks: yes?"
