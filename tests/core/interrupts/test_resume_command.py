"""A command is composed as the server takes it; pitfalls are told before it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.core.interrupts.resume_command import CommandDraft, CommandTarget, compose
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.server import ServerInfo, ServerKind

PYTHON = ServerInfo("http://x", ServerKind.PYTHON, "1")
JAVASCRIPT = ServerInfo("http://x", ServerKind.JAVASCRIPT, "1")
Q1, Q2 = Interrupt("q1", "First?", node="a"), Interrupt("q2", "Second?", node="b")
ASKING = CommandTarget((Q1,), ("a", "b", "c"), ("a",), server=PYTHON)


@pytest.mark.parametrize(
    ("draft", "command"),
    [
        (CommandDraft(resume="yes"), {"resume": {"q1": "yes"}}),
        (CommandDraft(resume="null"), {"resume": {"q1": None}}),
        (CommandDraft(resume='{"q1": 3}'), {"resume": {"q1": 3}}),
        (CommandDraft(update='{"x": [1]}', goto="b"), {"update": {"x": [1]}, "goto": "b"}),
        (CommandDraft(update='[["x", 1]]'), {"update": [["x", 1]]}),
        (CommandDraft(goto="b, c"), {"goto": ["b", "c"]}),
        (CommandDraft(goto='[{"node": "b", "input": 1}, {"node": "c"}]'),
         {"goto": [{"node": "b", "input": 1}, {"node": "c"}]}),
        (CommandDraft(goto="__end__"), {"goto": "__end__"}),
    ],
)  # fmt: skip
def test_command(draft: CommandDraft, command: Any) -> None:
    composed = compose(draft, ASKING)
    assert composed.problems == {}
    assert composed.command == command


@pytest.mark.parametrize(
    ("draft", "field", "words"),
    [
        (CommandDraft(resume="{bad"), "resume", "line 1"),
        (CommandDraft(update="7"), "update", "object"),
        (CommandDraft(update="{"), "update", "line 1"),
        (CommandDraft(goto="nowhere"), "goto", "no node nowhere"),
        (CommandDraft(goto='["b", {"node": "c"}]'), "goto", "422"),
        (CommandDraft(goto='{"input": 1}'), "goto", "node names"),
        (CommandDraft(goto="[1]"), "goto", "node names"),
    ],
)
def test_problems_are_named_by_field(draft: CommandDraft, field: str, words: str) -> None:
    composed = compose(draft, ASKING)
    assert composed.command is None
    assert words in composed.problems[field]


def test_javascript_takes_mixed_goto_lists() -> None:
    target = CommandTarget((Q1,), ("a", "b", "c"), ("a",), server=JAVASCRIPT)
    assert compose(CommandDraft(goto='["b", {"node": "c"}]'), target).command == {"goto": ["b", {"node": "c"}]}


def test_of_several_questions_one_is_chosen() -> None:
    target = CommandTarget((Q1, Q2), server=PYTHON)
    assert "2 questions wait" in compose(CommandDraft(resume="x"), target).problems["resume"]
    assert compose(CommandDraft(resume="x", question="q2"), target).command == {"resume": {"q2": "x"}}
    assert compose(CommandDraft(resume='{"q1": 1, "q2": 2}'), target).command == {"resume": {"q1": 1, "q2": 2}}


@pytest.mark.parametrize(
    ("draft", "target", "words"),
    [
        (CommandDraft(resume="x", goto="c"), ASKING, "c runs in addition to the resumed node a"),
        (CommandDraft(goto="c"), ASKING, "c runs while a keeps waiting"),
        (CommandDraft(goto="c"), CommandTarget((), ("c",), ()), "has finished: c runs"),
        (CommandDraft(resume="x"), CommandTarget((), (), ()), "asks nothing"),
        (CommandDraft(resume="x"), CommandTarget((), (), ("a",)), "next question of the waiting node"),
        (CommandDraft(resume="x"), CommandTarget(has_run=False), "never run"),
        (CommandDraft(update="{}"), ASKING, "ask once more"),
    ],
)
def test_pitfalls_are_told(draft: CommandDraft, target: CommandTarget, words: str) -> None:
    composed = compose(draft, target)
    assert composed.command is not None
    assert any(words in text for text in composed.warnings)


def test_nothing_typed_is_no_command_and_no_problem() -> None:
    assert compose(CommandDraft(), ASKING).command is None
    assert compose(CommandDraft(), ASKING).problems == {}
