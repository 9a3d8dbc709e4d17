"""How messages are read and grow, and that streamed text costs its own length."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.domain.ids import ThreadId
from studio_tui.domain.message.deferred import Parts
from studio_tui.domain.message.message import Message, Usage
from studio_tui.domain.message.read import (
    is_message,
    merge_chunk,
    message_keys,
    message_of,
    messages_in,
    replace_message,
    role_of,
    settle,
    written_keys,
    written_messages,
)
from studio_tui.domain.thread import Thread, first_words
from studio_tui.jsonkit.value import Json, JsonObject


def grown(*chunks: JsonObject) -> Message:
    """A message of these chunks."""
    message = Message("m", "ai")
    for chunk in chunks:
        merge_chunk(message, {"type": "AIMessageChunk", "id": "m", **chunk})
    return message


def text_block(text: str, **more: Json) -> JsonObject:
    return {"type": "text", "text": text, **more}


class TestContent:
    def test_texts_are_appended(self) -> None:
        assert grown({"content": "Hel"}, {"content": ""}, {"content": "lo"}).text == "Hello"

    def test_blocks_grow_by_index(self) -> None:
        message = grown(
            {"content": [{"type": "thinking", "thinking": "h", "index": 0}]},
            {"content": [text_block("The ", index=1)]},
            {"content": [{"type": "thinking", "thinking": "mm", "signature": "s", "index": 0}]},
            {"content": [text_block("end", index=1)]},
        )
        assert (message.thinking, message.text) == ("hmm", "The end")
        assert message.raw["content"] == [
            {"type": "thinking", "index": 0, "thinking": "hmm", "signature": "s"},
            {"type": "text", "index": 1, "text": "The end"},
        ]

    def test_new_index_is_a_new_block(self) -> None:
        assert grown({"content": [text_block("a", index=0)]}, {"content": [text_block("b", index=2)]}).text == "a\nb"

    def test_blocks_without_index_follow_each_other(self) -> None:
        image: JsonObject = {"type": "image_url", "image_url": {"url": "data:"}}
        message = grown({"content": [text_block("a")]}, {"content": [text_block("b")]}, {"content": [image]})
        assert message.text == "ab"
        assert message.raw["content"] == [text_block("ab"), image]

    def test_text_then_blocks_and_blocks_then_text(self) -> None:
        message = grown({"content": "a"}, {"content": [text_block("b", index=0)]}, {"content": "c"}, {"content": ""})
        assert message.text == "abc"
        assert message.raw["content"] == [text_block("a"), text_block("b", index=0), text_block("c")]

    def test_empty_text_does_not_make_a_block(self) -> None:
        assert grown({"content": ""}, {"content": [text_block("b", index=0)]}, {"content": ""}).raw["content"] == [
            text_block("b", index=0)
        ]

    def test_unknown_blocks_survive(self) -> None:
        odd: JsonObject = {"type": "hologram", "index": 3, "data": {"x": [1, {"y": None}]}, "flag": True}
        assert grown({"content": [odd]}).raw["content"] == [odd]
        assert message_of({"type": "ai", "content": [odd]}).raw["content"] == [odd]

    def test_nested_parts_of_a_block_merge(self) -> None:
        message = grown(
            {"content": [{"type": "reasoning", "index": 0, "summary": [{"type": "summary_text", "text": "why"}]}]},
            {"content": [{"type": "tool_use", "id": "t", "name": "f", "index": 1, "partial_json": '{"a"'}]},
            {"content": [{"type": "tool_use", "index": 1, "partial_json": ":1}"}]},
        )
        assert message.thinking == "why"
        assert message.raw["content"] == [
            {"type": "reasoning", "index": 0, "summary": [{"type": "summary_text", "text": "why"}]},
            {"type": "tool_use", "id": "t", "name": "f", "index": 1, "partial_json": '{"a":1}'},
        ]

    def test_reasoning_beside_the_content(self) -> None:
        message = grown(
            {"content": "", "additional_kwargs": {"reasoning_content": "be"}},
            {"content": "x", "additional_kwargs": {"reasoning_content": "cause", "deep": {"a": "1"}}},
            {"content": "", "additional_kwargs": {"deep": {"a": "2"}}},
        )
        assert (message.thinking, message.text) == ("because", "x")
        assert message.raw["additional_kwargs"] == {"deep": {"a": "12"}, "reasoning_content": "because"}

    @given(st.lists(st.text(max_size=5), max_size=30))
    def test_the_parts_are_the_whole(self, parts: list[str]) -> None:
        assert grown(*({"content": part} for part in parts)).text == "".join(parts)
        blocks = grown(*({"content": [text_block(part, index=0)]} for part in parts))
        assert blocks.text == "".join(parts)


class TestToolCalls:
    def test_fragments_merge_by_index(self) -> None:
        message = grown(
            {"tool_call_chunks": [{"index": 0, "id": "A", "name": "search", "args": ""}]},
            {"tool_call_chunks": [{"index": 1, "id": "B", "name": "news", "args": "{}"}]},
            {"tool_call_chunks": [{"index": 0, "id": None, "name": None, "args": '{"q": "wea'}]},
            {"tool_call_chunks": [{"index": 0, "args": 'ther"}'}]},
        )
        assert [(call.id, call.name, call.arguments, call.parsed) for call in message.tool_calls] == [
            ("A", "search", '{"q": "weather"}', None),
            ("B", "news", "{}", None),
        ]
        settle(message)
        assert [call.parsed for call in message.tool_calls] == [{"q": "weather"}, {}]

    def test_guesses_from_fragments_are_ignored(self) -> None:
        assert grown({"tool_calls": [{"name": "", "args": {"query": "wea"}}], "tool_call_chunks": []}).tool_calls == []

    def test_fragments_without_index(self) -> None:
        message = grown(
            {"tool_call_chunks": [{"id": "A", "name": "f", "args": "{"}]},
            {"tool_call_chunks": [{"args": "}"}]},
            {"tool_call_chunks": [{"id": "B", "name": "f", "args": "1"}]},
        )
        assert [(call.id, call.arguments) for call in message.tool_calls] == [("A", "{}"), ("B", "1")]

    def test_unfinished_arguments_stay_text(self) -> None:
        message = grown({"tool_call_chunks": [{"index": 0, "id": "A", "name": "f", "args": '{"q": '}]})
        settle(message)
        assert (message.tool_calls[0].arguments, message.tool_calls[0].parsed) == ('{"q": ', None)

    def test_whole_and_broken_and_native_calls(self) -> None:
        whole: JsonObject = {"type": "ai", "content": "", "tool_calls": [{"name": "f", "args": {"é": 1}, "id": "A"}]}
        broken: JsonObject = {
            **whole,
            "invalid_tool_calls": [{"name": "g", "args": "{oops", "id": "B", "error": "bad"}],
        }
        assert [(call.name, call.arguments, call.parsed) for call in message_of(broken).tool_calls] == [
            ("f", '{"é": 1}', {"é": 1}),
            ("g", "{oops", None),
        ]
        native: JsonObject = {"tool_calls": [{"id": "A", "function": {"name": "f", "arguments": '{"x":1}'}}]}
        (call,) = message_of({"type": "ai", "content": "", "additional_kwargs": native}).tool_calls
        assert (call.id, call.name, call.parsed) == ("A", "f", {"x": 1})


class TestUsageAndMetadata:
    def test_usage_of_chunks_adds_up(self) -> None:
        message = grown(
            {"usage_metadata": {"input_tokens": 10, "output_tokens": 1, "total_tokens": 11, "details": {"cache": 3}}},
            {"usage_metadata": {"input_tokens": 0, "output_tokens": 5, "total_tokens": 5, "details": {"cache": 1}}},
            {"usage_metadata": None},
        )
        assert message.usage == Usage(10, 6, 16)
        assert message.raw["usage_metadata"] == {
            "input_tokens": 10,
            "output_tokens": 6,
            "total_tokens": 16,
            "details": {"cache": 4},
        }

    @pytest.mark.parametrize(
        "metadata",
        [
            {"token_usage": {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}},
            {"tokenUsage": {"promptTokens": 2, "completionTokens": 3, "totalTokens": 5}},
        ],
    )
    def test_usage_of_older_libraries(self, metadata: JsonObject) -> None:
        assert message_of({"type": "ai", "content": "", "response_metadata": metadata}).usage == Usage(2, 3, 5)

    def test_response_metadata_merges(self) -> None:
        message = grown(
            {"response_metadata": {"a": 1, "b": 1}}, {"response_metadata": {}}, {"response_metadata": {"b": 2}}
        )
        assert message.raw["response_metadata"] == {"a": 1, "b": 2}

    def test_last_chunk_settles(self) -> None:
        message = grown({"content": "a"}, {"content": "", "chunk_position": "last"})
        assert (message.streaming, message.chunk_count) == (False, 2)


class TestReplacing:
    WHOLE: JsonObject = {"type": "ai", "id": "m", "content": "final", "name": "bot"}  # noqa: RUF012

    def test_whole_message_replaces_what_grew(self) -> None:
        message = grown({"content": "fin"})
        assert replace_message(message, self.WHOLE)
        assert (message.text, message.raw, message.streaming, message.name) == ("final", self.WHOLE, False, "bot")

    def test_replacing_by_the_same_changes_nothing(self) -> None:
        message = message_of(self.WHOLE)
        before = copy.deepcopy(message)
        assert not replace_message(message, dict(self.WHOLE))
        assert message == before

    def test_late_chunks_do_not_touch_a_whole_message(self) -> None:
        message = message_of(self.WHOLE)
        assert not merge_chunk(message, {"type": "AIMessageChunk", "id": "m", "content": "!"})
        assert message.text == "final"

    def test_of_two_modes_with_the_same_tokens_one_counts(self) -> None:
        message = grown({"content": "a"})
        assert not merge_chunk(message, {"type": "AIMessageChunk", "content": "a"}, "events")
        assert message.text == "a"


@pytest.mark.parametrize(
    ("message", "role"),
    [
        ({"type": "AIMessageChunk"}, "ai"),
        ({"type": "ToolMessage"}, "tool"),
        ({"type": "HumanMessageChunk"}, "human"),
        ({"role": "user"}, "human"),
        ({"role": "assistant"}, "ai"),
        # Its own role, though models treat it like a system's: what the server has is shown as what it is.
        ({"role": "developer"}, "developer"),
        ({"type": "system", "additional_kwargs": {"__openai_role__": "developer"}}, "developer"),
        ({"type": "system", "additional_kwargs": {"__openai_role__": "other"}}, "system"),
        ({"type": "function"}, "function"),
        ({"type": "chat", "role": "critic"}, "critic"),
        ({"type": "ChatMessageChunk", "role": "assistant"}, "ai"),
        ({"type": "hologram"}, "hologram"),
        ({}, ""),
    ],
)
def test_roles(message: JsonObject, role: str) -> None:
    assert role_of(message) == role


def test_what_counts_as_a_message() -> None:
    assert is_message({"type": "human", "content": []})
    assert is_message({"role": "user", "content": "hi"})
    assert is_message({"type": "remove", "id": "x"})
    assert not is_message({"type": "human"})
    assert not is_message({"type": "document", "content": "x"})
    assert not is_message("hi")


def test_messages_of_a_state() -> None:
    chat: list[Json] = [{"type": "human", "content": "hi", "id": "1"}, {"type": "ai", "content": "ho", "id": "2"}]
    state: JsonObject = {
        "messages": chat,
        "log": ["a"],
        "drafts": chat[:1],
        "empty": [],
        "docs": [{"type": "x", "content": ""}],
    }
    assert message_keys(state) == ["messages", "drafts"]
    assert [(message.role, message.text) for message in messages_in(state)] == [("human", "hi"), ("ai", "ho")]
    assert messages_in(None) == messages_in({"messages": "x"}) == []


def test_tool_message() -> None:
    message = message_of({"type": "tool", "content": "42", "name": "f", "tool_call_id": "A", "status": "error"})
    assert (message.role, message.name, message.tool_call_id, message.status) == ("tool", "f", "A", "error")


def test_what_is_no_message_can_still_be_shown() -> None:
    assert (message_of("hi").text, message_of([1]).text, message_of(None).text) == ("hi", "[1]", "null")


def test_written_keys_and_messages() -> None:
    ai: JsonObject = {"type": "ai", "content": "x", "id": "1"}
    assert written_keys({"messages": [ai], "n": 1, "one": ai, "empty": [], "__return__": 4}) == (
        "messages[1]",
        "n",
        "one[1]",
        "empty[0]",
    )
    assert written_keys([{"log": ["a"]}, {"log": ["b", "c"], "x": None}]) == ("log[3]", "x")
    assert written_keys(4) == written_keys(None) == ()
    assert written_messages([{"messages": [ai, 7]}, {"one": ai}]) == [ai, ai]


def test_reading_a_growing_message_is_the_same_as_reading_it_late() -> None:
    early, late = Message("m", "ai"), Message("m", "ai")
    for part in ("a", "b", "c"):
        for message in (early, late):
            merge_chunk(message, {"type": "AIMessageChunk", "content": part})
        assert early.text
        assert early.raw
    assert early == late
    assert copy.deepcopy(early) == late


def test_reading_a_growing_text_joins_only_what_is_new() -> None:
    message = Message("m", "ai")
    for _ in range(2_000):
        merge_chunk(message, {"type": "AIMessageChunk", "content": "x" * 400})
    assert len(message.text) == 400 * 2_000
    assert message.text is message.text


def test_parts_read_as_one_text() -> None:
    parts = Parts()
    parts.append("a")
    parts.append("b")
    assert parts.read() == "ab"
    parts.append("c")
    assert parts.read() is parts.read()
    assert parts.read() == "abc"


def test_a_thread_is_called_by_plain_words() -> None:
    values: Json = {"messages": [{"type": "human", "content": "What is **this**?\n```python\nx = 1\n```"}]}
    assert first_words(values) == "What is this? x = 1"
    assert Thread(ThreadId("t"), title="## A `title`").label == "A title"
    document = Thread(ThreadId("t"), title="*a " * 100_000).label
    assert (len(document), document[-1]) == (500, "…")
