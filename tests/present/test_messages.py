"""Promise: a conversation reads as such while it grows; what arrives never changes what is already laid out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio_tui.domain.message.message import Message, ToolCall, Usage
from studio_tui.present.kit.growing_text import GrowingText
from studio_tui.present.messages.conversation import MessageRows, merge
from studio_tui.text.cells import wrap
from studio_tui.text.sanitize import clean_block, is_safe
from studio_tui.text.spans import fit_line, line_width, plain

TEXTS = st.text(
    st.sampled_from("ab  \n\r\t日é\u0301\u200d👩👧❤\ufe0f\x1b\u202e")  # words, breaks, wide, combining, joined, hostile
)


def _rows(*saved: Message, streamed: dict[str, Message] | None = None, width: int = 40) -> MessageRows:
    rows = MessageRows()
    rows.set_width(width)
    rows.update(merge(saved, streamed or {}))
    return rows


def _lines(rows: MessageRows, width: int = 40) -> list[str]:
    return [plain(fit_line(rows.line(index, width), width)).rstrip() for index in range(len(rows))]


@given(TEXTS, st.lists(st.integers(0, 400), max_size=8), st.integers(1, 12))
def test_growing_text_is_wrapped_as_if_it_had_come_at_once(raw: str, cuts: list[int], cells: int) -> None:
    text = GrowingText(cells)
    for cut in sorted(cuts):
        text.set(raw[:cut])
    text.set(raw)
    assert [text[index] for index in range(len(text))] == (wrap(clean_block(raw), cells) if raw else [])
    assert "".join(text.joint(index) + text[index] for index in range(len(text))) == clean_block(raw)


@given(TEXTS, TEXTS)
def test_a_text_that_is_replaced_is_shown_anew(old: str, new: str) -> None:
    text, fresh = GrowingText(9), GrowingText(9)
    text.set(old)
    text.set(new)
    fresh.set(new)
    assert [text[i] for i in range(len(text))] == [fresh[i] for i in range(len(fresh))]
    assert all(is_safe(text[index]) for index in range(len(text)))


def test_a_conversation_with_a_tool_call() -> None:
    call = ToolCall("c1", "weather", '{"city": "SF"}', {"city": "SF"})
    rows = _rows(
        Message("1", "human", "weather in sf?"),
        Message("2", "ai", "Let me look.", tool_calls=[call], usage=Usage(3, 41, 44)),
        Message("3", "tool", "sunny\n68°F", tool_call_id="c1"),
        Message("4", "ai", "It is sunny."),
    )
    assert _lines(rows) == [
        "│ weather in sf?                     you",
        "",
        "  Let me look.                        ai",
        '▸ weather(city="SF")                   ✓',
        "  sunny                    … 1 more line",
        "                           3 in · 41 tok",
        "",
        "  It is sunny.                        ai",
    ]


def test_a_tool_call_unfolds_to_its_arguments_and_folds_again() -> None:
    rows = _rows(Message("2", "ai", tool_calls=[ToolCall("c1", "weather", '{"a": 1}', {"a": 1})]))
    before = _lines(rows)
    assert before == ["▸ weather(a=1)             ai  no result"]
    assert rows.toggle(0)
    assert _lines(rows) == ["▾ weather                  ai  no result", "    {", '      "a": 1', "    }"]
    assert rows.is_open(0) is True
    rows.toggle(0)
    assert _lines(rows) == before


def test_a_long_result_is_folded_to_its_first_line() -> None:
    call = ToolCall("c", "t", "{}", {})
    rows = _rows(Message("1", "ai", tool_calls=[call]), Message("2", "tool", "\n".join("abcdefgh"), tool_call_id="c"))
    assert _lines(rows)[-1] == "  a                       … 7 more lines"
    rows.toggle(len(rows) - 1)
    assert _lines(rows)[-1] == "  │ h"


def test_a_failed_result_is_told_by_sign() -> None:
    call = ToolCall("c", "t", "{}", {})
    rows = _rows(Message("1", "ai", tool_calls=[call]), Message("2", "tool", "no", tool_call_id="c", status="error"))
    assert _lines(rows) == ["▸ t()                       ai  ✗ failed", "  │ no"]
    assert rows.line(1, 40)[-1].role == "err"


def test_a_result_without_its_call_stands_alone() -> None:
    assert (
        _lines(_rows(Message("2", "tool", "sunny", tool_call_id="gone")))[0]
        == "│ sunny                             tool"
    )


def test_tokens_show_as_they_come_and_the_saved_message_takes_over() -> None:
    growing = Message("a", "ai", "It is", node="agent", streaming=True, chunk_count=2, first_at=1.0, last_at=1.5)
    rows = _rows(Message("q", "human", "hi"), streamed={"a": growing})
    assert _lines(rows)[-2:] == ["  It is                       ai · agent", "                        2 chunks · 4/s ●"]
    growing.text, growing.rev = "It is sunny", 1
    rows.update(merge([Message("q", "human", "hi")], {"a": growing}))
    assert _lines(rows)[-2] == "  It is sunny                 ai · agent"
    growing.streaming, growing.rev = False, 2
    saved = [Message("q", "human", "hi"), Message("a", "ai", "It is sunny.", usage=Usage(1, 10, 11))]
    rows.update(merge(saved, {"a": growing}))
    assert rows.count == 2
    assert _lines(rows)[-2:] == [
        "  It is sunny.                ai · agent",
        "                1 in · 10 tok · 20 tok/s",
    ]


def test_text_that_no_checkpoint_holds_is_marked() -> None:
    lost = Message("a", "ai", "half a sent", chunk_count=3, in_checkpoint=False)
    assert "! not in checkpoint" in _lines(_rows(streamed={"a": lost}))[-1]


def test_thinking_is_shown_while_it_streams_and_folded_after() -> None:
    message = Message("a", "ai", "Answer", thinking="one\ntwo\nthree four", streaming=True)
    rows = _rows(streamed={"a": message})
    assert _lines(rows)[:5] == [
        "▾ reasoning                           ai",
        "    one",
        "    two",
        "    three four",
        "  Answer",
    ]
    message.streaming, message.rev = False, 1
    rows.update(merge([], {"a": message}))
    assert _lines(rows) == ["▸ reasoning · 4 words                 ai", "  Answer"]
    assert rows.toggle(0)
    assert _lines(rows)[-2:] == ["    three four", "  Answer"]


def test_removed_messages_are_not_shown() -> None:
    assert len(_rows(Message("x", "remove"))) == 0


def test_rows_keep_their_keys_while_the_end_grows() -> None:
    message = Message("a", "ai", "word " * 50, streaming=True, chunk_count=1)
    rows = _rows(streamed={"a": message})
    before = [rows.key(index) for index in range(len(rows) - 2)]
    message.text, message.rev = message.text + "more words to come", 1
    rows.update(merge([], {"a": message}))
    assert [rows.key(index) for index in range(len(before))] == before


def test_the_place_of_a_row_survives_what_comes_before_it() -> None:
    call = ToolCall("c", "t", "{}", {})
    first, last = Message("1", "ai", "x", tool_calls=[call]), Message("9", "ai", "the end")
    rows = _rows(first, last)
    anchor = rows.anchor(len(rows) - 1)
    rows.update(merge([first, Message("2", "tool", "a\nb", tool_call_id="c"), last], {}))
    assert rows.row_of(anchor) == len(rows) - 1


def test_a_huge_message_is_cut_and_says_so() -> None:
    rows = _rows(Message("1", "human", "x" * 1_000_000))
    assert "more characters: show the whole message" in rows.text(len(rows) - 1)


@given(st.text(max_size=30), st.text(max_size=10), st.integers(18, 60))
def test_hostile_messages_keep_the_grid(text: str, name: str, width: int) -> None:
    call = ToolCall(name, name, text, None)
    rows = _rows(
        Message(name, text[:5], text, text, name, [call], node=name),
        Message("2", "tool", text, tool_call_id=name),
        width=width,
    )
    for index in range(len(rows)):
        line = fit_line(rows.line(index, width), width)
        assert line_width(line) == width
        assert is_safe(plain(line))


def test_messages_without_ids_are_not_shown_twice() -> None:
    saved = [Message("", "human", "one"), Message("", "ai", "answer")]
    streamed = {
        "~/messages#0": Message("~/messages#0", "human", "one"),  # of streamed states, an older one among them
        "~/messages#7": Message("~/messages#7", "human", "trimmed away since"),
        "~task#0": Message("~task#0", "ai", "answer"),  # what a node wrote
        "#1": Message("", "ai", "answer"),  # rebuilt from the history
        "~task": Message("~task", "ai", "lost on the way"),
        "~later": Message("~later", "ai", "answer", streaming=True),
    }
    assert [entry.message.text for entry in merge(saved, streamed)] == ["one", "answer", "lost on the way", "answer"]
    assert len(merge([], streamed)) == len(streamed)  # no state could be read: all that is known
