"""Small questions that every demo script asks about a conversation: who spoke last, what was said, which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage


def text_of(message: BaseMessage) -> str:
    """The message's text; the text blocks joined when the content is a list."""
    if isinstance(message.content, str):
        return message.content
    return " ".join(_block_text(block) for block in message.content)


def human_texts(messages: Sequence[BaseMessage]) -> list[str]:
    """All that the human said, oldest first."""
    return [text_of(message) for message in messages if isinstance(message, HumanMessage)]


def last_human_text(messages: Sequence[BaseMessage]) -> str:
    """What the human said last; empty when nobody spoke yet."""
    return next(iter(reversed(human_texts(messages))), "")


def trailing_tool_results(messages: Sequence[BaseMessage]) -> list[ToolMessage]:
    """The tool results at the end of the conversation, oldest first; empty when something else came last."""
    found: list[ToolMessage] = []
    for message in reversed(messages):
        if not isinstance(message, ToolMessage):
            break
        found.append(message)
    return found[::-1]


def since_last_human(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Everything that came after the last human message."""
    tail: list[BaseMessage] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        tail.append(message)
    return tail[::-1]


def mentions(text: str, words: Iterable[str]) -> bool:
    """Whether `text` holds one of `words`, in any case and as a plural too; `deliver*` stands for all its endings."""
    return any(re.search(_word_pattern(word), text, re.IGNORECASE) for word in words)


def _word_pattern(word: str) -> str:
    if word.endswith("*"):
        return rf"\b{re.escape(word[:-1])}"
    return rf"\b{re.escape(word)}s?\b"


def _block_text(block: object) -> str:
    if isinstance(block, dict):
        return str(block.get("text", ""))
    return str(block)
