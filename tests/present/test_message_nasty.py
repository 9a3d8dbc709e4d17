"""Promise: whatever stands in a list of messages has a row, in words and without data, however odd its fields are."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.cli.output.states import worded
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.interrupts.answer_shape import shape_of
from studio_tui.domain.interrupts.question_words import preview_of
from studio_tui.domain.message.content import parts_of
from studio_tui.domain.message.message import Message
from studio_tui.domain.message.read import merge_chunk, message_of, settle
from studio_tui.jsonkit.value import Json
from studio_tui.present.interrupts.question import QuestionRows
from studio_tui.present.messages.content_page import content_lines, facts_of
from studio_tui.present.messages.conversation import MessageRows, merge
from studio_tui.text.glyphs import ASCII
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import plain

DATA = base64.b64encode(bytes(range(256)) * 9).decode()
INSIDE = DATA[1000:1040]
LINK = f"data:image/png;base64,{DATA}"
PICTURE = {"type": "image", "base64": DATA, "mime_type": "image/png"}
HOSTILE = "\x1b]0;x\x07\x9b31m\u202e[bold]\ud800"
WEB = {"title": "Sky", "uri": "https://s"}
BIG = "long words " * 2_000

BLOCKS: list[dict[str, Any]] = [
    {"type": "text", "text": "words", "annotations": [{"type": "citation", "url": "https://u", "title": "t"}]},
    {"type": "reasoning", "reasoning": "why", "extras": {"signature": "s"}},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "one"}], "encrypted_content": DATA},
    {"type": "thinking", "thinking": "why", "signature": DATA},
    {"type": "redacted_thinking", "data": DATA},
    {"reasoningContent": {"reasoningText": {"text": "why", "signature": DATA}}},
    {"type": "non_standard", "value": {"type": "thing", "body": DATA}},
    {"type": "server_tool_call", "id": "s", "name": "search", "args": {"q": "x"}},
    {"type": "server_tool_result", "tool_call_id": "s", "status": "error", "output": [PICTURE]},
    {"type": "tool_call", "id": "c", "name": "draw", "args": {"data": DATA}},
    {"type": "tool_use", "id": "c", "name": "draw", "input": {"x": 1}},
    {"type": "invalid_tool_call", "name": "draw", "args": "{", "error": "cut off"},
    {"type": "input_json_delta", "index": 1, "partial_json": '{"ci'},
    {"type": "web_search_call", "action": {"type": "search", "query": "q"}, "status": "failed"},
    {"type": "computer_call_output", "output": {"type": "computer_screenshot", "image_url": LINK}},
    {"type": "image_generation_call", "result": DATA},
    {"type": "mcp_call", "name": "n", "arguments": "{}", "output": None, "error": {"type": "e", "content": []}},
    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": DATA}, "title": "T"},
    {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "chunk"}]}},
    {"type": "search_result", "source": "https://s", "title": "T", "content": [{"type": "text", "text": "x"}]},
    {"type": "container_upload", "file_id": "f"},
    {"type": "tool_result", "tool_use_id": "t", "is_error": True, "content": [{"type": "image", "source": PICTURE}]},
    {"executableCode": {"code": "print(1)", "language": "PYTHON"}},
    {"codeExecutionResult": {"output": "1", "outcome": "OUTCOME_FAILED"}},
    {"inlineData": {"mimeType": "image/png", "data": DATA}},
    {"guardContent": {"text": {"text": "guarded"}}},
    {"toolResult": {"toolUseId": "u", "status": "error", "content": [{"json": {"a": 1}}]}},
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}"}},
    {"type": "resource", "resource": {"uri": "file:///a", "text": "x", "mimeType": "text/plain"}},
    {"type": "refusal", "refusal": "no"},
    {"type": "hologram", "data": DATA, "deep": {"words": ["x"]}},
]  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, 7, 1.5, "", "words", HOSTILE, BIG, DATA, [], {}, [None], ["a", 1], {"a": 1}, {"text": 5},
     {"text": {"text": {"text": []}}}, [[[]]], [{"type": "text"}], {"type": "image", "base64": DATA}]
)  # fmt: skip


def rows_of(*messages: Message) -> MessageRows:
    rows = MessageRows()
    rows.set_width(100)
    rows.update(merge(messages, {}))
    return rows


def lines(*messages: Message) -> list[str]:
    rows = rows_of(*messages)
    return [plain(rows.line(index, 100)) for index in range(min(len(rows), 400))]


def read(content: Json, **fields: Any) -> Message:
    return message_of({"type": "ai", "id": "m", "content": content, **fields})


def streamed(*contents: Any, **fields: Any) -> Message:
    message = Message("m", "ai")
    for content in contents:
        merge_chunk(message, {"type": "AIMessageChunk", "content": content, **fields})
    settle(message)
    return message


@st.composite
def odd_blocks(draw: st.DrawFn) -> Any:
    """A block of a known kind with one of its fields, at any depth, replaced by anything."""
    block: Any = copy.deepcopy(draw(st.sampled_from(BLOCKS)))
    place = block
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
            place[key] = draw(VALUES)
            return block
        place = place[key]


def is_silent(block: Any) -> bool:
    """An empty text says nothing, and no row says that it does."""
    return block == "" or (isinstance(block, dict) and block.get("text", block.get("type")) == "")


@given(st.one_of(VALUES, odd_blocks()), st.sampled_from(["ai", "human", "tool", "critic"]))
def test_every_block_has_a_row_of_safe_words_without_data(block: Any, role: str) -> None:
    silent = is_silent(block)
    for message in (
        message_of({"type": role, "id": "m", "content": [block], "additional_kwargs": {}}),
        streamed([block]),
    ):
        shown = lines(message)
        assert silent or any(line.strip("│ ") for line in shown) or not shown
        assert shown or silent
        assert not any(INSIDE in line for line in shown)
        assert all(is_safe(line) for line in shown)
        assert all(len(line) <= 400 for line in shown)
        for part in message.parts:
            page, _opens = content_lines(facts_of(part), "", "ai m", str)
            assert page
            assert all(is_safe(plain(line)) for line in page)


@given(
    st.dictionaries(
        st.sampled_from(
            ["id", "name", "role", "status", "tool_call_id", "tool_calls", "invalid_tool_calls", "artifact", "refusal",
             "additional_kwargs", "response_metadata", "usage_metadata", "tool_call_chunks", "audio", "whatever"]
        ),
        st.one_of(VALUES, st.dictionaries(st.sampled_from(
            ["finish_reason", "safety_ratings", "grounding_metadata", "citations", "tool_calls", "function_call",
             "refusal", "audio", "reasoning", "tool_outputs", "images", "error", "own"]), VALUES, max_size=3)),
        max_size=4,
    )
)  # fmt: skip
def test_no_field_of_a_message_breaks_it_or_shows_data(fields: Any) -> None:
    message = message_of({"type": "tool", "content": "said", **fields})
    shown = lines(message)
    assert any("said" in line for line in shown)
    assert not any(INSIDE in line for line in shown)
    assert all(is_safe(line) for line in shown)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ([{"type": "text", "text": {"a": 1}}], '· content · text: {"a": 1}'),
        ([{"type": "text", "text": 5}], "5"),
        ([None], "· content · null"),
        ([[]], "· content · []"),
        ([{"type": "input_json_delta", "partial_json": '{"ci'}], 'a fragment of a call ({"ci)'),
        ([{"type": "reasoning", "content": [{"type": "reasoning_text", "text": "open"}], "summary": []}], "open"),
        ([{"reasoningContent": {"reasoningText": {"text": "because"}}}], "because"),
        ([{"type": "toolResult", "status": "error", "content": [{"json": 1}]}], "result · toolResult: failed: "),
        ([{"type": "web_search_tool_result", "content": {"error_code": "max_uses"}}], "failed: max_uses"),
        ([{"type": "code_execution_tool_result", "content": {"stdout": "out"}}], '{"stdout": "out"}'),
        ([{"type": "text", "text": "t", "citations": ["a source"]}], "· citation · a source"),
        ([{"type": "non_standard", "value": {"type": "reasoning", "reasoning": "inner"}}], "reasoning · inner"),
        (DATA, "· file · 2.3 kB"),
    ],
)
def test_blocks_that_had_no_row(content: Any, line: str) -> None:
    assert line in "\n".join(lines(read(content)))


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"artifact": {"rows": [1, 2]}}, '· artifact · {"rows": [1, 2]}'),
        ({"artifact": PICTURE}, "image · image/png · artifact · 2.3 kB"),
        ({"response_metadata": {"finish_reason": "SAFETY"}}, "· stopped · SAFETY"),
        ({"response_metadata": {"stop_reason": "max_tokens"}}, "· stopped · max_tokens"),
        ({"response_metadata": {"prompt_feedback": {"block_reason": "SAFETY"}}}, "· safety · prompt_feedback"),
        ({"response_metadata": {"grounding_metadata": {"grounding_chunks": [{"web": WEB}]}}},
         "· citation · Sky → https://s"),
        ({"additional_kwargs": {"citations": ["https://one"]}}, "· citation → https://one"),
        ({"additional_kwargs": {"own": {"a": 1}}}, '· additional_kwargs · {"own": {"a": 1}}'),
        ({"mood": "grim"}, '· other fields · {"mood": "grim"}'),
        ({"name": 5}, '· other fields · {"name": 5}'),
        ({"refusal": "No."}, "· refusal: No."),
        ({"additional_kwargs": {"tool_outputs": [{"type": "x_call", "status": "failed"}]}}, "x_call: failed"),
        ({"additional_kwargs": {"reasoning": {"summary": [{"text": "as it is"}]}}}, "as it is"),
        ({"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"a": 1}'}}]}, "f(a=1)"),
        ({"tool_calls": [7]}, '· other fields · {"tool_calls": [7]}'),
        ({"tool_call_chunks": [{"id": "c", "name": "f", "args": "{"}],
          "invalid_tool_calls": [{"id": "c", "name": "f", "args": "{", "error": "cut"}]}, "f ✗ not valid: cut ({)"),
        ({"type": "tool", "status": "cancelled"}, "tool · cancelled"),
    ],
)  # fmt: skip
def test_fields_that_had_no_row(fields: Any, line: str) -> None:
    assert line in "\n".join(lines(read("said", **fields)))


@pytest.mark.parametrize(
    "metadata",
    [
        {"finish_reason": "stopstop", "safety_ratings": [{"probability": "NEGLIGIBLE", "blocked": False}]},
        {"stop_reason": "end_turn", "grounding_metadata": {}, "prompt_feedback": {"block_reason": 0}},
        {"status": "completed", "error": None, "content_filter_results": {"hate": {"filtered": False}}},
    ],
)
def test_an_ordinary_answer_has_no_row_of_remarks(metadata: Any) -> None:
    assert len(lines(read("said", response_metadata=metadata))) == 1


def test_a_call_that_is_answered_twice_shows_both_answers_and_what_they_keep() -> None:
    call = read("", tool_calls=[{"id": "c", "name": "f", "args": {}}])
    answers: list[Any] = [
        {"type": "tool", "id": f"t{n}", "tool_call_id": "c", "content": f"answer {n}", "artifact": {"kept": n}}
        for n in (1, 2)
    ]
    shown = "\n".join(lines(call, *map(message_of, answers)))
    for words in ("answer 1", "answer 2", 'artifact · {"kept": 1}', 'artifact · {"kept": 2}'):
        assert words in shown


def test_a_streamed_message_keeps_its_words_beside_its_pictures_once_it_has_ended() -> None:
    message = streamed(
        [{"type": "text", "text": "before", "index": 0}],
        [{"type": "image", "base64": DATA, "index": 1}],
        [{"type": "text", "text": "after", "index": 2}],
    )
    assert [line[:25].rstrip() for line in lines(message)[:3]] == ["  before", "  · image · 2.3 kB", "  after"]


def test_sentences_of_a_summary_that_stream_in_are_not_torn() -> None:
    def chunk(text: str) -> Any:
        return [{"type": "reasoning", "index": 0, "summary": [{"type": "summary_text", "index": 0, "text": text}]}]

    assert streamed(chunk("first "), chunk("and on")).thinking == "first and on"


def test_the_picture_in_a_result_that_is_one_object_can_be_opened() -> None:
    block: Any = {
        "type": "computer_call_output",
        "output": {"type": "computer_screenshot", "image_url": LINK},
    }
    assert [part.describe() for part in parts_of([block])[0].inner()] == ["image · image/png · 2.3 kB"]


def test_a_line_is_short_however_long_its_facts_are() -> None:
    blocks: Any = [
        {"type": "text", "text": "a", "citations": [{"title": BIG, "cited_text": BIG, "url": BIG}]},
        {"type": BIG},
    ]
    assert len(rows_of(read(blocks))) < 14


@pytest.mark.parametrize(
    "block",
    [
        {"type": "non_standard", "value": {"type": "thing", "body": "x"}},
        {"image": {"format": "png", "source": {"bytes": "AAAA"}}},
        {"type": "hologram", "a": 1},
    ],
)
def test_the_page_of_a_block_shows_it_as_the_server_holds_it(block: Any) -> None:
    (part,) = parts_of([block])
    assert part.as_held is block
    page = "".join(plain(line).strip() for line in content_lines(facts_of(part), "", "", str)[0])
    assert page.endswith("As the server holds it" + "".join(json.dumps(block, indent=0).splitlines()))


def test_a_question_that_is_data_alone_is_told_by_its_size() -> None:
    asked = Interrupt("i", DATA)
    rows = QuestionRows()
    rows.set_width(60)
    rows.show(asked, shape_of(DATA, None).reviews[0])
    for told in ("".join(map(rows.text, range(len(rows)))), preview_of(asked), worded(DATA)):
        assert "2.3 kB of data" in told
        assert INSIDE not in told


def test_a_token_does_not_make_the_blocks_before_it_anew() -> None:
    message = Message("m", "ai")
    merge_chunk(message, {"type": "AIMessageChunk", "content": [{**PICTURE, "index": 0}]})
    parts = message.parts
    assert [part.kind for part in parts] == ["image"]
    merge_chunk(message, {"type": "AIMessageChunk", "content": [{"type": "text", "text": "a", "index": 1}]})
    assert message.parts is parts
    merge_chunk(message, {"type": "AIMessageChunk", "content": [{"type": "refusal", "refusal": "no", "index": 2}]})
    assert [part.kind for part in message.parts] == ["image", "refusal"]


def test_the_words_of_a_question_are_drawn_and_nothing_of_them_is_hidden() -> None:
    asked = "**Sam** asks:\n\n- [buy](https://x.y)\n- wait \u202e"
    rows, interrupt = QuestionRows(), Interrupt("i", asked)
    rows.set_width(60)
    rows.show(interrupt, shape_of(asked, None).reviews[0])
    assert [plain(line) for line in rows.lines] == ["Sam asks:", "", "• buy (https://x.y)", "• wait <U+202E>"]
    assert rows.lines[0][0].role == "text bold"
    plain_rows = QuestionRows()
    plain_rows.signs = ASCII
    plain_rows.set_width(60)
    plain_rows.show(interrupt, shape_of(asked, None).reviews[0])
    assert plain(plain_rows.lines[2]) == "* buy (https://x.y)"
