"""Promise: a conversation that is followed shows at every moment what merging all of it anew would show."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.domain.message.message import NO_ID, SNAPSHOT, Message, ToolCall
from studio_tui.present.messages.conversation import Conversation, MessageRows, merge
from studio_tui.text.spans import plain

IDS = ("a", "b", "c", f"{NO_ID}1", f"{SNAPSHOT}messages/0")
WORDS = ("", "one", "two", "three")
ROLES = ("ai", "human", "tool", "remove")
CALLS = ("", "k1", "k2")


def message(identifier: str, role: str, word: str, call: str) -> Message:
    answers = call if role == "tool" else ""
    calls = [ToolCall(call, "look", "{}")] if role == "ai" and call else []
    return Message(identifier, role, word, tool_calls=calls, tool_call_id=answers)


MESSAGES = st.builds(message, st.sampled_from(("", *IDS)), *map(st.sampled_from, (ROLES, WORDS, CALLS)))


@dataclass
class World:
    """What a panel is given, changed step by step as a run changes it."""

    saved: list[Message] = field(default_factory=list)
    elsewhere: list[Message] = field(default_factory=list)
    streamed: dict[str, Message] = field(default_factory=dict)
    inherited: set[str] = field(default_factory=set)
    over: bool = False


STEPS = st.one_of(
    st.tuples(st.just("save"), st.lists(MESSAGES, max_size=4)),
    st.tuples(st.just("elsewhere"), st.lists(MESSAGES, max_size=2)),
    st.tuples(st.just("begin"), MESSAGES),
    st.tuples(st.just("grow"), st.sampled_from(IDS)),
    st.tuples(st.just("call"), st.sampled_from(IDS)),
    st.tuples(st.just("end"), st.sampled_from(IDS)),
    st.tuples(st.just("lose"), st.sampled_from(IDS)),
    st.tuples(st.just("inherit"), st.sampled_from(IDS)),
    st.tuples(st.just("run"), st.booleans()),
)


def _step(world: World, what: str, value: object) -> None:
    item = world.streamed.get(value) if isinstance(value, str) else None
    if what in ("save", "elsewhere"):
        assert isinstance(value, list)
        setattr(world, "saved" if what == "save" else what, value)
    elif what == "begin":
        assert isinstance(value, Message)
        value.streaming, value.chunk_count = True, 1
        world.streamed[value.id or IDS[0]] = value
    elif what == "inherit":
        assert isinstance(value, str)
        world.inherited.add(value)
    elif what == "run":
        world.over = bool(value)
        if not value:
            world.streamed = dict(world.streamed)
    elif item is not None:
        item.rev += 1
        if what == "grow" and item.streaming:
            item.text += " more"
            item.chunk_count += 1
        elif what == "call" and item.streaming:
            item.tool_calls = [*item.tool_calls, ToolCall("k2", "look", "{")]
        elif what == "end":
            item.streaming = False
        elif what == "lose":
            item.in_checkpoint = not item.in_checkpoint


def _lines(rows: MessageRows) -> list[str]:
    return [plain(rows.line(index, 80)) for index in range(len(rows))]


@settings(max_examples=300)
@given(st.lists(STEPS, max_size=25))
def test_following_is_merging_anew(steps: list[tuple[str, object]]) -> None:
    world, conversation, rows = World(), Conversation(), MessageRows()
    for what, value in steps:
        _step(world, what, value)
        conversation.update(world.saved, world.streamed, world.elsewhere, inherited=world.inherited, over=world.over)
        rows.follow(conversation)
        expected = merge(world.saved, world.streamed, world.elsewhere, inherited=world.inherited, over=world.over)
        assert conversation.entries == expected
        fresh = MessageRows()
        fresh.update(expected)
        assert [plain(rows.line(i, 80)) for i in range(len(rows))] == [
            plain(fresh.line(i, 80)) for i in range(len(fresh))
        ]


def test_tokens_leave_what_stands_alone() -> None:
    saved = [Message(str(number), "human", "hello") for number in range(3)]
    growing = Message("x", "ai", "so", streaming=True, chunk_count=1)
    conversation = Conversation()
    conversation.update(saved, {"x": growing})
    before = conversation.entries
    growing.text, growing.rev = "so far", 1
    conversation.update(saved, {"x": growing})
    assert conversation.entries is before
    assert conversation.growing == [3]
    growing.streaming = False
    conversation.update(saved, {"x": growing})
    assert conversation.entries is not before
    assert conversation.growing == []
