"""Promise: the line that is copied sends the same request."""

from __future__ import annotations

import ast
import json
import shlex
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from studio_tui.cli.context import input_argument, object_argument
from studio_tui.cli.grammar.parser import parse
from studio_tui.cli.runs.questions import answers_in
from studio_tui.cli.runs.run_request import request_of
from studio_tui.core.interrupts.resume_command import resume_value
from studio_tui.core.runs.request_body import Setting, build_body
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.domain.stream_mode import DEFAULT_MODES, MODES
from studio_tui.errors import UnsupportedError, UsageError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.present.runs import as_code
from studio_tui.present.runs.as_code import left_out, run_words, sdk_text, sent_body
from studio_tui.text.sanitize import clean_copy
from tests.paths import FIXTURES

REQUEST: JsonObject = {
    "assistant_id": "agent", "input": {"q": "it's $HOME"}, "stream_mode": ["values", "tasks"],
    "interrupt_before": ["tools"], "context": {"lang": "de"}, "multitask_strategy": "enqueue",
    "on_disconnect": "cancel", "checkpoint": {"checkpoint_id": "1f0c"},
}  # fmt: skip


def test_a_run_is_a_line_that_the_command_line_reads() -> None:
    args = parse(shlex.split(shlex.join(run_words(REQUEST, "thread-1"))))
    assert (args.assistant, args.input) == ("agent", '{"q": "it\'s $HOME"}')
    assert (args.thread, args.checkpoint, args.multitask) == ("thread-1", "1f0c", "enqueue")
    assert (args.stream_mode, args.interrupt_before) == (["values", "tasks"], ["tools"])
    assert args.on_disconnect == "cancel"
    assert "--on-disconnect" not in run_words({**REQUEST, "on_disconnect": "continue"}, "thread-1")


def test_an_answer_is_a_resume_line() -> None:
    args = parse(run_words({"assistant_id": "agent", "command": {"resume": True, "goto": "x"}}, "thread-1"))
    assert (args.thread, args.value, args.goto) == ("thread-1", "true", ["x"])


def test_the_python_can_be_parsed() -> None:
    text = sdk_text("http://127.0.0.1:2024", None, REQUEST)
    ast.parse(text)
    assert "client.runs.stream(\n    None,\n    'agent'," in text


def test_an_input_with_files_is_read_from_a_file_whole() -> None:
    """Shortened it would be another run; whole it is more than a command line takes."""
    request: JsonObject = {**REQUEST, "input": {"messages": [{"type": "human", "content": "A" * 200_000}]}}
    args = parse(run_words(request, "thread-1"))
    assert args.input == "@input.json"
    text = sdk_text("http://127.0.0.1:2024", None, request)
    ast.parse(text)
    assert 'input=json.load(open("input.json", encoding="utf-8")),' in text
    assert text.startswith("import json\n")
    assert len(text) < 2000


# -- every request, there and back ----------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
OBJECTS = st.dictionaries(st.text("abcxyz_", min_size=1, max_size=6), JSON, max_size=3)
NAME = st.text("abc:-é", min_size=1, max_size=5).filter(lambda text: text.strip("-"))
NAMES = st.lists(NAME, max_size=3, unique=True).map(tuple)
STOPS: st.SearchStrategy[Any] = NAMES | st.just("*")
MODE_LISTS = st.lists(st.sampled_from(MODES), min_size=1, max_size=4, unique=True).map(tuple) | st.just(DEFAULT_MODES)


@st.composite
def requests(draw: st.DrawFn) -> RunRequest:
    """Any request that starts a run, on a thread or without one."""
    stateless = draw(st.booleans())
    has_input = stateless or draw(st.booleans())
    return RunRequest(
        input=draw(JSON) if has_input else UNSET,
        stream_modes=draw(MODE_LISTS),
        interrupt_before=draw(STOPS),
        interrupt_after=draw(STOPS),
        multitask="reject" if stateless else draw(st.sampled_from(("reject", "enqueue", "interrupt", "rollback"))),
        durability=draw(st.sampled_from((None, "sync", "async", "exit"))),
        recursion_limit=draw(st.none() | st.integers(1, 500)),
        webhook=draw(st.sampled_from(("", "https://my.host/done?x=1&y='2'"))),
        metadata=draw(OBJECTS),
        config=draw(OBJECTS),
        context=draw(OBJECTS),
        after_seconds=draw(st.none() | st.integers(0, 10_000)),
        checkpoint=None if stateless else draw(st.none() | st.just({"checkpoint_id": "1f0c", "checkpoint_ns": ""})),
        stateless=stateless,
        on_disconnect=draw(st.sampled_from(("continue", "cancel"))),
    )


def setting(kind: ServerKind, op_id: str = "") -> Setting:
    return Setting(ServerInfo("http://h", kind), "agent", op_id=op_id)


def read_back(words: list[str], kind: ServerKind) -> JsonObject:
    """The body that the command line makes of a line."""
    args = parse(shlex.split(shlex.join(words)))
    request = request_of(args, input=input_argument(args.input), stateless=args.stateless)
    if args.checkpoint:  # the command line reads the rest of it from the server
        request = replace(request, checkpoint={"checkpoint_id": args.checkpoint, "checkpoint_ns": ""})
    return build_body(request, replace(setting(kind), assistant_id=args.assistant))


@pytest.mark.parametrize("kind", [ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.OLD_PYTHON])
@given(requests())
@settings(max_examples=60, deadline=None)
def test_the_line_of_any_request_makes_the_same_request(kind: ServerKind, request: RunRequest) -> None:
    try:
        body = build_body(request, setting(kind, "mark-of-this-run"))
    except (UsageError, UnsupportedError):
        return  # nothing that could have been sent
    sent = sent_body(body)
    assert left_out(sent) == []
    words = run_words(sent, "" if request.stateless else "01a20000-0000-7000-8000-000000000001")
    line = shlex.join(words)
    assert clean_copy(line) == line  # what is pasted is what was copied
    assert read_back(words, kind) == sent


IDS = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(st.dictionaries(IDS, JSON, min_size=1, max_size=3), st.none() | OBJECTS, NAMES)
@settings(max_examples=60, deadline=None)
def test_answers_by_id_come_back_by_id(
    answers: dict[str, Json], update: JsonObject | None, goto: tuple[str, ...]
) -> None:
    command: dict[str, Json] = {"resume": dict(answers)}
    command.update({"update": update} if update else {})
    command.update({"goto": list(goto)} if goto else {})
    body = sent_body({"assistant_id": "agent", "command": command})
    assert left_out(body) == []
    args = parse(shlex.split(shlex.join([*run_words(body, "thread-1"), "--force"])))
    pending = [Interrupt(key, None) for key in answers]
    server = setting(ServerKind.PYTHON).server
    assert resume_value(answers_in(args, pending), pending, server) == answers
    assert (object_argument(args.update, "--update") or None) == (update or None)
    assert tuple(args.goto or ()) == goto


def test_what_a_line_cannot_say_is_named() -> None:
    body: JsonObject = {
        "assistant_id": "agent", "input": {}, "stream_subgraphs": False, "feedback_keys": ["score"],
        "checkpoint": {"checkpoint_id": "1f0c", "checkpoint_ns": "worker:1"},
    }  # fmt: skip
    assert [text.split()[0] for text in left_out(body)] == [
        "stream_subgraphs", "feedback_keys", "checkpoint"
    ]  # fmt: skip
    sends: JsonObject = {"assistant_id": "a", "command": {"goto": [{"node": "x", "input": 1}], "update": [["k", 1]]}}
    assert [text.split()[0] for text in left_out(sends)] == ["goto", "update"]


def test_a_past_run_is_a_line_without_what_the_server_put_in() -> None:
    recorded = json.loads((FIXTURES / "py" / "run_create.json").read_text())
    body = sent_body(recorded["kwargs"], "agent")
    line = shlex.join(run_words(body, "thread-1"))
    assert "langgraph_" not in line
    assert "request_start" not in line
    assert json.loads(parse(shlex.split(line)).input) == recorded["kwargs"]["input"]
    assert parse(shlex.split(line)).assistant == "agent"


@given(
    st.recursive(
        st.text(max_size=40) | st.none() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    ),
    st.integers(0, 60),
)
def test_an_input_is_large_by_the_length_of_its_json(value: Any, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(as_code, "LARGEST_WORD", most)
        shown = clean_copy(json.dumps([value], ensure_ascii=False))[1:-1]
        assert as_code.has_large_input({"input": value}) == (value is not None and len(shown) > most)
