"""Messages of a run as lines of text while they stream: each under the node that wrote it, none torn by another.

A message that a later node rewrites under the same id is printed again, whole, under that node. Of nodes that run side
by side one message is printed at a time; the others wait for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from studio_tui.cli.output.stdout import Output
from studio_tui.domain.ids import TaskId
from studio_tui.domain.message.content import REASONING, REFUSAL, TEXT
from studio_tui.domain.message.extras import SAFETY, STOPPED
from studio_tui.domain.message.message import Message, ToolCall
from studio_tui.domain.message.read import message_keys, message_of
from studio_tui.domain.message.words import without_data
from studio_tui.domain.run import RunState
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_list
from studio_tui.text.sanitize import SHOWN_LIMIT, clean
from studio_tui.text.spans import Span

QUIET_SECONDS = 3.0
"""A message that has not grown for so long lets the waiting ones through; it goes on under its head afterwards."""
_LINE = 300
"""Characters of a tool call's arguments, or of a tool's answer, that its line shows."""
_BRIEF = 60
_SEVERAL = 5
"""Removed messages that have a line each; more are counted."""


class Writer(NamedTuple):
    """Who wrote a message: a node and, where the stream tells it, its task."""

    node: str = ""
    task_id: TaskId | None = None

    def is_same(self, other: Writer) -> bool:
        """Whether nothing tells the two apart."""
        return self.node == other.node and (
            self.task_id == other.task_id or self.task_id is None or other.task_id is None
        )


class _Piece(Struct):
    """A message that is to be printed, or a line between messages."""

    key: str
    writer: Writer
    text: str | None = None
    """Its text once it does not grow any more in this writer's hands; None: whatever it reads when it is printed."""
    line: Callable[[], None] | None = None


class StreamText:
    """Prints what is new in a run's messages."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._texts: dict[str, str] = {}
        """What every message read when it was last printed, or before the run."""
        self._writers: dict[str, Writer] = {}
        """Who wrote the messages that were printed."""
        self._grew: set[str] = set()
        """Messages of which words have streamed."""
        self._calls: set[tuple[str, str]] = set()
        self._remarks: set[tuple[str, str, str]] = set()
        """What was said of messages besides their words and calls."""
        self._sent: set[str] = set()
        self._present: set[str] = set()
        self._heading: tuple[str, Writer] | None = None
        self._live: _Piece | None = None
        self._queue: list[_Piece] = []

    def know(self, values: Json) -> None:
        """Take messages that were there before the run: they are not printed unless the run rewrites them."""
        for name in message_keys(values):
            for item in as_list(as_object(values).get(name)):
                message = message_of(item)
                if message.id:
                    self._take_as_known(message.id, message)

    def sent(self, value: Json) -> None:
        """Take the input of the run: what the user wrote is not printed back."""
        for part in as_object(value).values():
            for item in as_list(part) if is_list(part) else [part]:
                self._sent.add(message_of(as_object(item) or {"content": item}).text)

    def inherit(self, run: RunState) -> None:
        """Take what the run's first snapshot of a state showed as known."""
        for key in run.ledger.inherited:
            if key in run.messages and key not in self._texts:
                self._take_as_known(key, run.messages[key])

    def wrote(self, run: RunState, key: str, writer: Writer) -> None:
        """A node wrote, or goes on writing, the message `key`."""
        message = run.messages.get(key)
        if message is None or not self._is_shown(key, message, writer):
            return
        text = None if message.streaming else _words(message)
        if message.streaming and key not in self._grew and message.text:
            self._grew.add(key)
        pending = self._pending(key)
        if pending is None:
            if text is None or self._is_news(key, message, writer, text):
                self._queue.append(_Piece(key, writer, text))
        elif pending.writer.is_same(writer):
            pending.text = text
        elif pending.text is None or pending.text == text:
            pending.text = text  # another node only passes it on
        else:
            self._queue.append(_Piece(key, writer, text))

    def keys_of(self, run: RunState, written: Sequence[JsonObject]) -> list[str]:
        """Return the keys of the messages that a node wrote; those without an id have one that the fold made up."""
        named = [as_str(item.get("id")) for item in written]
        keys = [key for key in named if key in run.messages]
        if not all(named):
            keys += [key for key in run.messages if key.startswith("~") and key not in self._texts]
        return keys

    def changed(self, run: RunState) -> None:
        """A whole state came: print what no node was said to write, and tell what is not there any more."""
        for key, message in list(run.messages.items()):
            known = self._texts.get(key)
            if not message.streaming and (known is None or known != _words(message)) and self._pending(key) is None:
                same = Writer(message.node, message.task_id) if known is None else Writer()
                self.wrote(run, key, same)

    def gone(self, run: RunState, *, tell: bool = True) -> None:
        """Tell of messages that the graph took back; without `tell` only take note of it."""
        now = {key for key in run.messages if not key.startswith("~")}
        gone = [key for key in self._present if key not in now]
        self._present = now
        if not tell:
            return
        if len(gone) > _SEVERAL:
            self.then(lambda: self.note("removed", f"{len(gone)} messages"))
            return
        for key in gone:
            brief = clean(self._texts.get(key, "").replace("\n", " "), _BRIEF)
            words = f"message {clean(key, _BRIEF)}" + (f": {brief}" if brief else "")
            self.then(lambda words=words: self.note("removed", words))  # type: ignore[misc]

    def then(self, line: Callable[[], None]) -> None:
        """Print a line once the messages before it are printed."""
        self._queue.append(_Piece("", Writer(), line=line))

    def note(self, kind: str, words: str) -> None:
        """Print a line about the run between its messages, now; `words` are safe text."""
        self._end_message()
        self._out.line(Span(f"  {kind}  ", "muted"), words)

    def pump(self, run: RunState, now: float | None) -> None:
        """Print what may be printed at `now` (unix seconds); None prints everything."""
        while True:
            if self._live is not None:
                self._print(run, self._live)
                message = run.messages.get(self._live.key)
                grows = message is not None and message.streaming and self._live.text is None
                if message is not None and grows and now is not None and now - (message.last_at or now) < QUIET_SECONDS:
                    if self._texts.get(self._live.key) or not any(_has_words(run, piece) for piece in self._queue):
                        return
                    self._queue.append(self._live)  # one without words yet holds nobody up
                self._live = None
            if not self._queue:
                break
            piece = self._queue.pop(0)
            if piece.line is None:
                message = run.messages.get(piece.key)
                copied = piece.text is not None and self._is_copy(piece.key, message, piece.writer, piece.text)
                self._live = None if copied else piece
            else:
                self._end_message()
                piece.line()
        if now is None:
            self._end_message()

    def _pending(self, key: str) -> _Piece | None:
        """The newest piece of a message that is not printed to its end."""
        for piece in reversed(self._queue):
            if piece.line is None and piece.key == key:
                return piece
        return self._live if self._live is not None and self._live.key == key else None

    def _take_as_known(self, key: str, message: Message) -> None:
        self._texts.setdefault(key, _words(message))
        self._present.add(key)
        self._calls.update((key, _spelled(call)) for call in message.tool_calls)
        self._remarks.update((key, *remark) for remark in _remarks(message))

    def _is_shown(self, key: str, message: Message, writer: Writer) -> bool:
        if message.role == "remove" or writer.node.startswith("__"):
            return False
        if message.role == "human" and key not in self._texts:
            return bool(writer.node) and message.text not in self._sent
        return True

    def _is_news(self, key: str, message: Message, writer: Writer, text: str) -> bool:
        if key in self._texts:
            return (
                self._texts[key] != text
                or any((key, _spelled(call)) not in self._calls for call in message.tool_calls)
                or any((key, *remark) not in self._remarks for remark in _remarks(message))
            )
        return not self._is_copy(key, message, writer, text)

    def _is_copy(self, key: str, message: Message | None, writer: Writer, text: str) -> bool:
        """Whether this is the node's own copy of what its model streamed under another id; then it counts as printed.

        Some models begin with an empty chunk under the id that the node keeps.
        """
        if not text or message is None or key in self._grew or self._texts.get(key):
            return False
        same = (other for other in self._grew & set(self._writers) if self._writers[other].is_same(writer))
        if not any(self._texts.get(other) == text for other in same):
            return False
        self._texts[key] = text
        self._take_as_known(key, message)
        return True

    def _print(self, run: RunState, piece: _Piece) -> None:
        message = run.messages.get(piece.key)
        text = piece.text if piece.text is not None else _words(message) if message is not None else ""
        before = self._texts.get(piece.key)
        known = self._writers.get(piece.key)
        done = piece.text is not None or message is None or not message.streaming
        if message is not None and message.role == "tool":
            if done and text != before:
                self._tool_answer(message, text)
        elif before is not None and known is not None and known.is_same(piece.writer) and text.startswith(before):
            self._text(piece, message, text[len(before) :])
        elif text != before:
            if before is not None and text:
                self.note("rewritten", f"message {clean(piece.key, _BRIEF)}")
            self._text(piece, message, without_data(text) if done and before is None else text)
        if text != before:
            self._texts[piece.key], self._writers[piece.key] = text, piece.writer
        if message is not None:
            self._present.add(piece.key)
            if done:
                self._tool_calls(piece, message)
                self._tell_remarks(piece, message)

    def _text(self, piece: _Piece, message: Message | None, text: str) -> None:
        if not text:
            return
        self._head(piece, message)
        for start in range(0, len(text), SHOWN_LIMIT):
            self._out.piece(text[start : start + SHOWN_LIMIT])

    def _head(self, piece: _Piece, message: Message | None) -> None:
        """Say who writes, unless the last head said it."""
        if self._heading is not None and self._heading[0] == piece.key and self._heading[1].is_same(piece.writer):
            return
        role = message.role if message is not None else ""
        unnamed = "assistant" if message is None or role == "ai" else role or "message"
        name = piece.writer.node or (message.name if message is not None else None) or unnamed
        spans = [Span(clean(name), f"msg-{role}" if role in ("ai", "human", "system") else "title")]
        if role not in ("ai", "", name):
            spans.append(Span(f"  {clean(role, _BRIEF)}", "muted"))
        self._out.line(*spans)
        self._heading = (piece.key, piece.writer)

    def _tool_calls(self, piece: _Piece, message: Message) -> None:
        fresh = [call for call in message.tool_calls if (piece.key, _spelled(call)) not in self._calls]
        for call in fresh:
            self._calls.add((piece.key, _spelled(call)))
            self._head(piece, message)
            wrong = f"not valid: {clean(call.problem, _BRIEF)} " if call.problem else ""
            self._out.line(
                Span("  calls  ", "muted"),
                Span(clean(call.name or "a tool", _BRIEF), "msg-tool"),
                " ",
                Span(wrong, "err"),
                clean(_arguments(call), _LINE),
            )

    def _tell_remarks(self, piece: _Piece, message: Message) -> None:
        """A line for each thing that the words do not tell: reasoning, an artifact, why an answer was cut off."""
        for kind, words in _remarks(message):
            if (piece.key, kind, words) in self._remarks:
                continue
            self._remarks.add((piece.key, kind, words))
            if message.role == "tool":
                self._end_message()
            else:
                self._head(piece, message)
            role = "warn" if kind in (STOPPED, SAFETY) else "muted"
            self._out.line(Span(f"  {clean(kind, _BRIEF)}  ", role), clean(words, _LINE))

    def _tool_answer(self, message: Message, text: str) -> None:
        self._end_message()
        failed = message.status == "error"
        word = Span("  error  " if failed else "  tool   ", "err" if failed else "muted")
        self._out.line(
            word,
            Span(clean(message.name or message.tool_call_id or "a tool", _BRIEF), "msg-tool"),
            f" {clean(without_data(text), _LINE)}",
        )

    def _end_message(self) -> None:
        self._out.end_line()
        self._heading = None


def _words(message: Message) -> str:
    """What a message says. Of one that streams or has streamed the words alone: other blocks have lines after them."""
    if message.streaming or not (message.chunk_count and message.parts):
        return message.text
    return "\n".join(part.text for part in message.parts if part.kind == TEXT)


def _remarks(message: Message) -> list[tuple[str, str]]:
    """What a message holds besides words and calls, as kind and words; nothing while it streams."""
    if message.streaming:
        return []
    found = [("reasoning", message.thinking[: 2 * _LINE])] if message.thinking.strip() else []
    streamed = [part for part in message.parts if part.kind not in (TEXT, REASONING)] if message.chunk_count else []
    for part in (*streamed, *message.extras):
        words = part.describe().removeprefix(f"{REFUSAL}: ")
        found.append((part.kind, words.removeprefix(part.kind).removeprefix(" · ")))
    return found


def _arguments(call: ToolCall) -> str:
    """The arguments as they were sent, but for the data in them."""
    short = shortened(call.parsed, 64, kept=0)
    return call.arguments if short is call.parsed else json.dumps(short, ensure_ascii=False)


def _has_words(run: RunState, piece: _Piece) -> bool:
    """Whether there is something to print of a message that waits."""
    message = run.messages.get(piece.key)
    return piece.line is None and (piece.text is not None or (message is not None and bool(message.text)))


def _spelled(call: ToolCall) -> str:
    return json.dumps([call.id, call.name, call.arguments])
