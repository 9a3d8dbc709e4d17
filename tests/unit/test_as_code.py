"""Promise: the line that is copied sends the same request."""

from __future__ import annotations

import ast
import shlex

from studio_tui.cli.grammar import parse
from studio_tui.jsonkit.value import JsonObject
from studio_tui.present.runs.as_code import run_words, sdk_text

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
