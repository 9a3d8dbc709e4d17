"""YAML means the JSON that its writer expects, or is refused at line and column; it can be no bomb."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_tui.cli.context import input_argument
from studio_tui.core.inputs.run_input import RunInput
from studio_tui.errors import UsageError
from studio_tui.jsonkit.value import Json
from studio_tui.jsonkit.yaml_text import LONGEST, parse_typed, parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("topic: whales\ndepth: 3\n", {"topic": "whales", "depth": 3}),
        ("messages:\n  - type: human\n    content: |\n      two\n      lines\n",
         {"messages": [{"type": "human", "content": "two\nlines\n"}]}),
        ("- 1\n- 1.5\n- true\n- null\n- ~\n-\n", [1, 1.5, True, None, None, None]),
        ("day: 2026-11-28\nat: 12:30:00\nanswer: yes\noff: on\nzip: 01234\nhex: 0x1f\n",
         {"day": "2026-11-28", "at": "12:30:00", "answer": "yes", "off": "on", "zip": "01234", "hex": "0x1f"}),
        ("n: '3'\nm: \"true\"\ninf: .inf\nnan: .nan\ne: 1e3\nbig: 1e999\n",
         {"n": "3", "m": "true", "inf": ".inf", "nan": ".nan", "e": 1000.0, "big": "1e999"}),
        ("---\na: {b: [1, 2]}\n# done\n", {"a": {"b": [1, 2]}}),
        ("кто: кит\n", {"кто": "кит"}),
        ('{"a": 1}', {"a": 1}),
        ("3", 3),
    ],
)  # fmt: skip
def test_yaml_means_json(text: str, value: Json) -> None:
    assert parse_typed(text) == (value, None)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "no YAML"),
        ("a: 1\n\tb: 2\n", 2, "no YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "second time"),
        ("a: &x [1]\nb: *x\n", 2, "references"),
        ("a: 1\n<<: {b: 2}\n", 2, "a key must be a text"),
        ("1: one\n", 1, "a key must be a text"),
        ("x: 1\n? [a]\n: b\n", 2, "a key must be a text"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tags"),
        ("a: !!timestamp 2026-01-01\n", 1, "tags"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\nb: \x07\n", 2, "control character"),
    ],
)
def test_what_is_wrong_has_line_and_words(text: str, line: int, words: str) -> None:
    value, problem = parse_typed(text)
    assert value is None
    assert problem is not None
    assert problem.line == line
    assert problem.column > 0
    assert words in problem.words


@pytest.mark.parametrize("text", ["hello", "hello there", "{'a': 1}", '{"a": 1,}', "[1,", "True"])
def test_what_looks_like_broken_json_is_not_read_as_something_else(text: str) -> None:
    assert parse_typed(text)[1] is not None


def test_no_bomb_goes_off() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    assert "references" in str(parse_yaml(bomb)[1])
    deep = "\n".join(" " * n + "a:" for n in range(400))
    assert "levels deep" in str(parse_yaml(deep)[1])
    assert "characters" in str(parse_yaml("a: 1\n" * LONGEST)[1])


def test_the_composer_sends_yaml_and_says_where_it_is_wrong() -> None:
    state = RunInput(mode="json")
    state.json = "topic: whales\n"
    assert state.outcome().value == {"topic": "whales"}
    state.json = "topic: whales\nlist: [1\n"
    assert "line 3" in state.outcome().problem


def test_the_command_line_reads_yaml(tmp_path: Path) -> None:
    file = tmp_path / "input.yaml"
    file.write_text("topic: whales\nwhen: 2026-11-28\n", encoding="utf-8")
    assert input_argument(f"@{file}") == {"topic": "whales", "when": "2026-11-28"}
    assert input_argument("topic: whales") == {"topic": "whales"}
    file.write_text("a: 1\na: 2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="not valid JSON or YAML") as told:
        input_argument(f"@{file}")
    assert "line 2, column 1" in told.value.detail
    file.write_bytes(b"a: \xff\xfe")
    with pytest.raises(UsageError, match="is no text"):
        input_argument(f"@{file}")
