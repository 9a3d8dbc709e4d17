"""Nothing in a conversation vanishes: every role, every content block, every refusal and call has its line."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from studio_tui.domain.message.content import parts_of
from studio_tui.domain.message.message import Message, Usage
from studio_tui.domain.message.read import merge_chunk, message_keys, message_of, messages_in, settle
from studio_tui.present.messages.conversation import MessageRows, merge
from studio_tui.text.spans import plain

DOT = base64.b64encode(b"\x89PNG" + b"0" * 66).decode()


def shown(*messages: Any, cells: int = 100) -> str:
    rows = MessageRows()
    rows.set_width(cells)
    rows.update(merge([message_of(item) for item in messages], {}))
    return "\n".join(plain(rows.line(index, cells)) for index in range(len(rows)))


def human(*blocks: Any) -> dict[str, Any]:
    return {"type": "human", "id": "h", "content": list(blocks)}


@pytest.mark.parametrize(
    ("item", "role"),
    [
        ({"role": "critic", "content": "the critic speaks"}, "critic"),
        ({"type": "chat", "role": "critic", "content": "the critic speaks", "id": "c"}, "critic"),
        ({"type": "narrator", "content": "the critic speaks", "additional_kwargs": {}, "id": "c"}, "narrator"),
    ],
)
def test_a_message_of_any_role_is_shown_under_its_role(item: dict[str, Any], role: str) -> None:
    values = {"messages": [{"type": "ai", "content": "before"}, item, {"type": "ai", "content": "after"}]}
    assert message_keys(values) == ["messages"]
    assert [message.role for message in messages_in(values)] == ["ai", role, "ai"]
    text = shown(*values["messages"])
    assert "before" in text
    assert "the critic speaks" in text
    assert role in text


def test_an_item_that_is_no_message_hides_nothing_and_is_shown() -> None:
    values = {"messages": [{"type": "ai", "content": "before"}, "bare words", {"odd": 1}, None]}
    assert message_keys(values) == ["messages"]
    text = shown(*values["messages"])
    assert "before" in text
    assert "bare words" in text
    assert '"odd": 1' in text


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DOT}"}}, "image · image/png · 70 B"),
        ({"type": "image_url", "image_url": "https://e.example/cat.png"}, "image → https://e.example/cat.png"),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DOT}}, "image · image/png"),
        ({"type": "file", "mime_type": "application/pdf", "base64": "JVBERi0=", "filename": "plan.pdf"},
         "file · application/pdf · plan.pdf · 5 B"),
        ({"type": "file", "file": {"file_id": "file-7"}}, "file · file-7"),
        ({"type": "audio", "mime_type": "audio/wav", "base64": "AAAA"}, "audio · audio/wav · 3 B"),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}, "audio · mp3 · 3 B"),
        ({"type": "video", "url": "https://e.example/v.mp4"}, "video → https://e.example/v.mp4"),
        ({"type": "media", "mime_type": "video/mp4", "data": "AAAA"}, "video · video/mp4 · 3 B"),
        ({"type": "server_tool_use", "name": "web_search", "input": {"q": 1}}, "call · web_search · server_tool_use"),
        ({"type": "web_search_tool_result", "tool_use_id": "s", "content": []}, "result · s · web_search_tool_result"),
        ({"type": "non_standard", "value": {"type": "hologram"}}, "hologram"),
        ({"type": "hologram", "data": {"x": 1}}, "hologram"),
        ({"surprise": True}, "surprise"),
        ({"surprise": True, "more": 1}, "content"),
        ({"text": "words of a block without a type"}, "words of a block without a type"),
        ({"image": {"format": "png", "source": {"bytes": DOT}}}, "image · png · 70 B"),
        ({"document": {"format": "pdf", "name": "plan", "source": {"bytes": "JVBERi0="}}}, "file · pdf · plan · 5 B"),
        ({"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://b/v"}}}}, "video · mp4"),
        ({"inlineData": {"mimeType": "image/png", "data": DOT}}, "image · image/png · 70 B"),
        ({"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/v"}}, "video · video/mp4 → gs://b/v"),
        ({"toolUse": {"name": "search", "input": {}}}, "call · search · toolUse"),
        ({"type": "refusal", "refusal": "I will not."}, "refusal: I will not."),
        ({"type": "text", "text": "It rains.", "citations": [{"title": "Sky", "cited_text": "rain", "url": "https://s"}]},
         "citation · Sky · rain → https://s"),
    ],
)  # fmt: skip
def test_every_block_has_a_line_and_none_shows_its_data(block: dict[str, Any], line: str) -> None:
    text = shown(human({"type": "text", "text": "look:"}, block))
    assert "look:" in text
    assert line in text
    assert DOT[:24] not in text
    assert line in shown({"type": "tool", "tool_call_id": "none", "content": [block]})
    streamed = Message("m", "ai")
    merge_chunk(streamed, {"type": "AIMessageChunk", "content": [block]})
    assert streamed.parts or streamed.text


def test_media_in_the_result_of_a_call_have_lines_below_the_call() -> None:
    call: dict[str, Any] = {
        "type": "ai",
        "id": "a",
        "content": "",
        "tool_calls": [{"id": "c1", "name": "draw", "args": {}}],
    }
    result: dict[str, Any] = {
        "type": "tool", "id": "t", "tool_call_id": "c1",
        "content": [{"type": "image", "base64": DOT, "mime_type": "image/png"}],
    }  # fmt: skip
    assert "· image · image/png · 70 B" in shown(call, result)


def test_texts_keep_apart_but_a_cited_sentence_stays_whole() -> None:
    cited = {"type": "text", "text": "rain", "citations": [{"title": "Sky"}]}
    text = shown(human({"type": "text", "text": "First."}, {"type": "text", "text": "Second."}))
    assert "First.Second." not in text
    sentence: Any = [{"type": "text", "text": "It will "}, cited, {"type": "text", "text": " today."}]
    whole = parts_of(sentence)
    assert [part.text for part in whole if part.kind == "text"] == ["It will rain today."]


def test_a_refusal_is_marked_and_an_invalid_call_says_so() -> None:
    refused = {"type": "ai", "content": "", "additional_kwargs": {"refusal": "That I will not do."}}
    assert "refusal: That I will not do." in shown(refused)
    broken = {"id": "c", "name": "draw", "args": '{"x": ', "error": "Unterminated"}
    assert "not valid: Unterminated" in shown({"type": "ai", "content": "", "invalid_tool_calls": [broken]})


def test_an_empty_last_chunk_leaves_no_ghost_and_another_list_is_not_appended() -> None:
    ghost = Message("ghost", "ai", streaming=True)
    assert len(merge([], {"ghost": ghost})) == 1, "it may still grow"
    settle(ghost)
    assert merge([], {"ghost": ghost}) == []
    note = Message("n1", "ai", "a note for the other list")
    assert merge([], {"n1": note}, elsewhere=[note]) == []


def streamed(key: str, text: str, chunks: int, **more: Any) -> Message:
    return Message(key, "ai", text, chunk_count=chunks, **more)


def test_what_a_node_keeps_under_an_id_of_its_own_is_not_shown_twice() -> None:
    old, kept = Message("old", "ai", "Yes."), Message("own", "ai", "Yes.")
    run = {"old": streamed("old", "Yes.", 0), "lc_run--1": streamed("lc_run--1", "Yes.", 4),
           "own": streamed("own", "Yes.", 0)}  # fmt: skip
    [first, second] = merge([old, kept], run, inherited={"old"}, over=True)
    assert (first.streamed, second.streamed, second.unsaved) == (run["old"], run["lc_run--1"], False)
    named_by_an_empty_chunk = {"a": streamed("a", "Yes.", 1), "b": streamed("b", "Yes.", 3)}
    assert [entry.key for entry in merge([Message("a", "ai", "Yes.")], named_by_an_empty_chunk)] == ["a"]
    assert merge([], run, elsewhere=[kept], inherited={"old"})[0].key == "old"
    assert len(merge([], run, elsewhere=[kept], inherited={"old"})) == 1
    growing = {**run, "lc_run--1": streamed("lc_run--1", "Yes.", 4, streaming=True)}
    assert len(merge([old, kept], growing, inherited={"old"})) == 3


def test_what_only_streamed_is_marked_once_the_run_is_over() -> None:
    run = {"d": streamed("d", "Thrown away", 3), "k": streamed("k", "kept", 0), "again": streamed("again", "kept", 2)}
    saved = [Message("k", "ai", "kept")]
    assert [(entry.key, entry.unsaved) for entry in merge(saved, run)] == [("k", False), ("d", False)]
    rows = MessageRows()
    rows.update(merge(saved, run, over=True))
    text = "\n".join(rows.text(index) for index in range(len(rows)))
    assert "not saved in the state" in text.partition("kept")[2]
    assert "not saved in the state" not in text.partition("kept")[0]
    twice = {"k": streamed("k", "kept", 2), "again": streamed("again", "kept", 2)}
    assert len(merge(saved, twice)) == 2


def test_usage_names_input_cache_and_reasoning_and_the_model() -> None:
    usage = {
        "input_tokens": 1200, "output_tokens": 41, "total_tokens": 1241,
        "input_token_details": {"cache_read": 1000}, "output_token_details": {"reasoning": 30},
    }  # fmt: skip
    item: dict[str, Any] = {
        "type": "ai", "content": "yes", "usage_metadata": usage, "response_metadata": {"model_name": "gpt-x"},
    }  # fmt: skip
    assert message_of(item).usage == Usage(1200, 41, 1241, 1000, 30)
    text = shown(item)
    for words in ("gpt-x", "1 200 in", "1 000 cached", "30 reasoning", "41 tok"):
        assert words in text
    assert "41 tok" in shown(item, cells=30)


def test_the_bytes_of_a_block_can_be_had() -> None:
    [part] = parts_of([{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DOT}"}}])
    data = part.data()
    assert data is not None
    assert data.startswith(b"\x89PNG")
    [link] = parts_of([{"type": "image_url", "image_url": "https://e.example/cat.png"}])
    assert link.data() is None


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DOT}"}}, ["image · image/png · 70 B"]),
        ([[{"type": "image", "base64": DOT}], "words", [None, ["more"]]], ["image · 70 B", "words", "more"]),
        (5, ["5"]),
        ([{"type": "text", "text": {"value": "words", "annotations": []}}], ["words"]),
        ([{"type": "redacted_thinking", "data": DOT}, {"type": "text", "text": "so"}], ["reasoning · redacted", "so"]),
        ([{"type": "reasoning", "summary": [], "encrypted_content": DOT}], ["reasoning · encrypted"]),
        ([{"type": "thinking", "thinking": "", "signature": DOT}], ["reasoning · its words are not told"]),
        ([{"type": "image", "image": {"format": "png", "source": {"bytes": DOT}}}], ["image · png · 70 B"]),
        ([{"type": "file", "mediaType": "image/png", "url": f"data:;base64,{DOT}"}], ["image · image/png · 70 B"]),
        ([{"type": "image", "image": "https://e.example/y.png"}], ["image → https://e.example/y.png"]),
        ([{"type": "audio_url", "audio_url": {"url": "https://e.example/b.mp3"}}], ["audio → https://e.example/b.mp3"]),
        ([{"type": "resource", "resource": {"uri": "file:///a", "mimeType": "x/y", "blob": DOT}}],
         ["file · x/y · 70 B → file:///a"]),
        ([{"type": "tool_result", "tool_use_id": "u", "content": "words"}], ["result · u · tool_result: words"]),
        ([{"type": "server_tool_call", "name": "search", "args": {"q": 1}}],
         ['call · search · server_tool_call: {"q": 1}']),
        ([{"type": "note", "text": "words of an unknown block"}], ["note · words of an unknown block"]),
        ([{"guard_content": {"text": {"text": "guarded"}}}], ["guard_content · guarded"]),
        ([{"type": "tool_call_chunk", "name": "draw", "args": '{"x": 1}'}], ["draw(x=1)"]),
        ([{"type": "invalid_tool_call", "name": "draw", "args": '{"x": ', "error": "cut"}], ["draw", "not valid: cut"]),
    ],
)  # fmt: skip
def test_content_of_any_form_has_its_lines(content: Any, lines: list[str]) -> None:
    text = shown({"type": "ai", "content": content})
    for line in lines:
        assert line in text
    assert DOT[:24] not in text


def test_calls_of_every_form_have_lines_and_none_twice() -> None:
    legacy = {
        "type": "ai",
        "content": "",
        "additional_kwargs": {"function_call": {"name": "draw", "arguments": '{"x": 1}'}},
    }
    assert "draw(x=1)" in shown(legacy)
    listed: dict[str, Any] = {"type": "ai", "tool_calls": [{"id": "c1", "name": "draw", "args": {"x": 1}}], "content": [
        {"type": "function_call", "id": "fc", "call_id": "c1", "name": "draw", "arguments": '{"x": 1}'},
        {"type": "tool_use", "id": "c1", "name": "draw", "input": {"x": 1}},
        {"type": "tool_use", "id": "c2", "name": "erase", "input": {}},
    ]}  # fmt: skip
    text = shown(listed)
    assert text.count("draw(") == 1
    assert text.count("erase(") == 1
