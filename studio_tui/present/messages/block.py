"""One chat message as rows: thinking, text, tool calls with their results, and what it cost. What has ended is drawn as
markdown; what grows is wrapped once, then only grown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from studio_tui.domain.message.content import REFUSAL, TEXT, ContentPart, held_value
from studio_tui.domain.message.extras import SAFETY, STOPPED
from studio_tui.domain.message.message import Message, ToolCall
from studio_tui.domain.message.words import without_data
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.show import pretty
from studio_tui.present.kit.growing_text import GrowingText
from studio_tui.present.kit.markdown import has_marks
from studio_tui.present.messages.entry import ChatEntry
from studio_tui.present.messages.facts import (
    WHOLE_CHARS,
    arguments,
    call_rows,
    described,
    figures,
    label,
    label_basis,
    outcome,
    role_of,
)
from studio_tui.present.messages.part import Part
from studio_tui.present.messages.result import summary, value_in
from studio_tui.text.fmt import count, plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width, spread

if TYPE_CHECKING:
    from studio_tui.present.kit.markdown.streamed import StreamedMarkdown

RESULT_ROWS = 3
"""Rows of what a failed tool says, while it is folded."""
SHORT_CHARS = 32
"""Reasoning of so many characters is not folded."""
TOOL_ROWS = 12
"""The same of a tool's message that no call asked for."""
_MARK = 12
"""Characters that a mark at the beginning of a line may take."""
_BAR = 2
"""Cells that stand before every row: the bar of its role, or the sign of what can be unfolded."""
_LEAST = 12
"""Cells that the first row of a message has at least beside its label."""
_OPEN = Hint("show the whole message ({list-open-row})")
_WARNINGS = (REFUSAL, STOPPED, SAFETY)


class MessageBlock:
    """The rows of one entry at one width."""

    def __init__(
        self,
        entry: ChatEntry,
        cells: int,
        signs: Glyphs,
        unfolded: set[tuple[str, str]],
        *,
        first: bool = False,
        source: bool = False,
    ) -> None:
        self.entry = entry
        self._gap = [] if first else [Part("gap", [()])]
        self._cells = cells
        self._signs = signs
        self._unfolded = unfolded
        self._source = source
        """Texts are shown as they were sent, nothing of them drawn."""
        self._texts: dict[str, GrowingText] = {}
        self._drawn: dict[str, tuple[str, int, Part]] = {}
        """By name what was drawn, the text it was made of, and how many cells its first row left."""
        self._streamed: StreamedMarkdown | None = None
        """The text that streams, from its first mark on."""
        self._looked = 0
        """How much of it was searched for marks."""
        self._told: dict[str, tuple[object, str]] = {}
        """Words about a part that take long to find, with what they are about."""
        self._as_sent = False
        """A text could not be drawn, and is shown as it was sent."""
        self._left = 0
        """Cells that the next text leaves in its first row: the label of the message stands there."""
        self._label: tuple[object, Line, int] = (None, (), 0)
        """What it was made of, who says it, and its cells: the same with every token."""
        self._shown: tuple[object, ...] = ()
        self._parts: list[Part] = []
        self._ends: list[int] = []
        """Rows up to the end of each part."""
        self._bar = Span(" " * _BAR)
        """What stands before each row: all rows in sight are asked for with every token."""
        self.update(entry)

    def update(self, entry: ChatEntry, *, again: bool = False) -> bool:
        """Take over the entry as it is now; return whether anything changed."""
        state = entry.state
        if not again and entry.message is self.entry.message and state == self._shown:
            return False
        self.entry = entry
        self._shown, self._as_sent = state, False
        role = entry.message.role
        self._bar = Span(" " * _BAR) if role == "ai" else Span(f"{self._signs.bar} ", role_of(entry.message))
        self._parts = [*self._gap, *self._labelled(), *self._cost()]
        self._ends = list(accumulate(map(len, self._parts)))
        return True

    def __len__(self) -> int:
        return self._ends[-1]

    def line(self, index: int, width: int) -> Line:
        """Return one row: a bar in the colour of the role, the text, and what stands at the right end."""
        part, index = self.part_at(index)
        if part.name == "gap":
            return ()
        line = part.line(index) if part.flush else (self._bar, *part.line(index))
        return spread(line, (Span("  "), *part.tail), max(1, width)) if part.tail and not index else line

    def joint(self, index: int) -> str:
        """Return what stands between the row before and this one: a break, or what wrapping left out."""
        part, index = self.part_at(index)
        return part.joint(index)

    def margin(self, index: int) -> int:
        """Return how many cells of a row are bars and indents, which are not part of what was said."""
        part, index = self.part_at(index)
        return 0 if part.flush or part.name == "gap" else _BAR + part.margin(index)

    def end(self, index: int) -> int | None:
        """Return the cell where the text of a row ends, where something else stands at its right end."""
        part, index = self.part_at(index)
        wide = line_width(part.line(index)) if part.tail and not index else 0
        return wide + (0 if part.flush else _BAR) if wide else None

    def part_at(self, index: int) -> tuple[Part, int]:
        """Return the part that holds row `index`, and the row inside it."""
        at = bisect_right(self._ends, index)
        return self._parts[at], index - (self._ends[at - 1] if at else 0)

    def _labelled(self) -> list[Part]:
        """The body, whose first row has at its right end who says it; a row of its own where there is no room."""
        basis = label_basis(self.entry)
        if basis != self._label[0]:
            found = label(self.entry, self._signs)
            self._label = (basis, found, line_width(found))
        _, told, wide = self._label
        room = self._cells - _BAR
        self._left = wide + 2 if room - wide - 2 >= max(_LEAST, room // 3) else 0
        can_share = self._left > 0
        parts = [part for part in self._body() if len(part)]
        first = parts[0] if parts else None
        if first is not None and can_share:
            tail = (*told, *((Span("  "), *first.tail) if first.tail else ()))
            if line_width(first.line(0)) + line_width(tail) + 2 <= room:
                first.tail = tail
                return parts
        return [Part("head", [()], tail=told), *parts]

    def _cost(self) -> list[Part]:
        told = figures(self.entry, self._cells - _BAR - 2, self._signs)
        if self._as_sent and not self._source:
            told = (Span(f"source{f' {self._signs.dot} ' if told else ''}", "muted"), *told)
        return [Part("cost", [()], tail=told)] if told else []

    def _body(self) -> Iterator[Part]:
        message = self.entry.message
        if message.thinking:
            yield from self._reasoning(message)
        if message.parts and not message.streaming:
            yield from self._content(message)
        else:
            if message.text:
                yield from self._message_text(message)
            yield from (self._other(f"part{number}", part) for number, part in enumerate(message.parts))
        for number, call in enumerate(message.tool_calls):
            results = [item for item in self.entry.results if item.tool_call_id == call.id]
            yield self._call(f"call{number}", call, results)
            for again, result in enumerate(results):  # a graph may answer a call twice
                yield from self._result(f"call{number}", f"result{number}.{again}", result)
        yield from (self._other(f"extra{number}", part) for number, part in enumerate(message.extras))

    # -- words --------------------------------------------------------------------------------------------------

    def _is_open(self, name: str) -> bool:
        return (self.entry.key, name) in self._unfolded

    def _reasoning(self, message: Message) -> Iterator[Part]:
        """The reasoning below its name, set off from the answer; folded to how long it is once it has ended."""
        self._left = 0
        short = message.thinking.strip()
        if not message.streaming and len(short) <= SHORT_CHARS and "\n" not in short:
            said = Span(clean(without_data(short)), "muted italic")
            yield Part("reasoning", [(Span(f"reasoning {self._signs.dot} ", "muted"), said)])
            return
        is_open = message.streaming or self._is_open("reasoning")
        sign = Span(f"{self._signs.open if is_open else self._signs.closed} ", "muted")
        words = "reasoning"
        if not message.streaming:
            words = f"{words} {self._signs.dot} {self._about('words', message.thinking, _word_count)}"
        yield Part("reasoning", [(sign, Span(words, "muted"))], foldable=not message.streaming, flush=True)
        if not is_open:
            return
        cut = 0 if message.chunk_count else len(message.thinking) - WHOLE_CHARS
        raw = without_data(message.thinking[:WHOLE_CHARS] if cut > 0 else message.thinking)
        text = self._text("reasoning", raw, "muted italic", indent=2)
        text.foldable = not message.streaming
        yield text
        if cut > 0:
            yield self._cut(cut)

    def _message_text(self, message: Message) -> Iterator[Part]:
        data = None if message.streaming else held_value(message.text)
        if data is not None:
            yield self._other("text", data)
        elif message.role == "tool":
            yield from self._whole("text", message.text, most=TOOL_ROWS, grown=bool(message.chunk_count))
        elif message.streaming:
            yield self._growing(_trimmed(message.text))
        else:
            yield from self._words("text", message.text, grown=bool(message.chunk_count))

    def _growing(self, text: str) -> Part:
        """A text that streams: once it has marks its finished lines are drawn nearly as they will be at the end."""
        streamed = self._streamed
        if streamed is None and (self._source or not self._has_marks(text)):
            return self._text("text", text, "text")
        first, self._left = max(1, self._cells - _BAR - self._left), 0
        if streamed is None or streamed.first != first:
            from studio_tui.present.kit.markdown.streamed import StreamedMarkdown

            streamed = self._streamed = StreamedMarkdown(self._cells - _BAR, first, self._signs)
            self._texts.pop("text", None)
        streamed.set(text)
        return Part("text", drawn=streamed.rows)

    def _has_marks(self, text: str) -> bool:
        """Whether a text that grows has marks by now: only what came since is looked at."""
        start, self._looked = max(0, self._looked - _MARK), len(text)
        return has_marks(text[start:])

    def _content(self, message: Message) -> Iterator[Part]:
        """The content block by block, in its order."""
        for number, part in enumerate(message.parts):
            data = held_value(part.text) if part.kind == TEXT else None
            if data is not None:
                yield self._other(f"part{number}", data)
            elif part.kind == TEXT and message.role == "tool":
                yield from self._whole(f"part{number}", part.text)
            elif part.kind == TEXT:
                yield from self._words(f"part{number}", part.text)
            else:
                yield self._other(f"part{number}", part)

    def _words(self, name: str, raw: str, *, grown: bool = False) -> Iterator[Part]:
        """A text that has ended: drawn, or as it was sent."""
        text = _trimmed(raw)
        if self._source or not has_marks(text):
            yield from self._whole(name, text if text.strip() else raw, grown=grown)
            return
        known = self._drawn.get(name)
        if known is None or known[0] is not raw or known[1] != self._left:
            from studio_tui.present.kit.markdown.parse import pieces_of
            from studio_tui.present.kit.markdown.rows import laid_out

            found = pieces_of(text, self._signs)
            if found is None:
                self._as_sent = True
                yield from self._whole(name, text, grown=grown)
                return
            rows = laid_out(found, self._cells - _BAR, self._signs, self._left)
            known = self._drawn[name] = (raw, self._left, Part(name, drawn=rows))
            self._texts.pop(name, None)  # as which it grew
            self._streamed = None
        self._left = 0
        known[2].tail = ()
        yield known[2]

    def _whole(self, name: str, raw: str, *, most: int | None = None, grown: bool = False) -> Iterator[Part]:
        """A text, of one that did not stream the beginning, which is wrapped at once."""
        cut = 0 if grown else len(raw) - WHOLE_CHARS
        yield self._text(name, raw[:WHOLE_CHARS] if cut > 0 else raw, "text", most=most)
        if cut > 0:
            yield self._cut(cut)

    def _text(self, name: str, raw: str, role: str, *, most: int | None = None, indent: int = 0) -> Part:
        cells = self._cells - _BAR - indent
        first, self._left = max(1, cells - self._left), 0
        text = self._texts.get(name)
        if text is None or text.first != first:
            text = self._texts[name] = GrowingText(cells, first)
        text.set(raw)
        foldable = most is not None and len(text) > most + 1
        folded = foldable and not self._is_open(name)
        return Part(
            name, text=text, role=role, lead=Span(" " * indent), most=most if folded else None, foldable=foldable
        )

    def _cut(self, chars: int, lead: Span | None = None) -> Part:
        before = () if lead is None else (lead,)
        more = Span(f"… {count(chars)} more characters: ", "warn")
        return Part("cut", [(*before, more, Span(_OPEN, "warn"))])

    # -- what is no text ----------------------------------------------------------------------------------------

    def _other(self, name: str, part: ContentPart, lead: str = "") -> Part:
        role = "warn" if part.kind in _WARNINGS else "msg-tool"
        description = self._about(name, part, described)
        text = self._text(name, description, role, indent=len(lead) + 2)
        text.lead = Span(f"{lead}{self._signs.dot} ", role)
        text.content = None if part.kind == REFUSAL or part.block is None else part
        return text

    def _call(self, name: str, call: ToolCall, results: list[Message]) -> Part:
        beside, self._left = self._left, 0
        is_open = self._is_open(name)
        sign = self._signs.open if is_open else self._signs.closed
        wrong = Span(f" {self._signs.error} not valid: {clean(call.problem[:80])}", "err")
        title = (
            Span(f"{sign} ", "muted"),
            Span(clean(call.name[:80]) or "tool", "msg-tool"),
            *((wrong,) if call.problem else ()),
        )
        tail = outcome(self.entry, call, results, self._signs)
        if not is_open:
            lines = call_rows(title, tail, arguments(call, self._cells), beside, self._cells - _BAR)
            return Part(name, lines, foldable=True, flush=True, tail=tail)
        value = shortened(call.parsed if call.parsed is not None else call.arguments, 64)
        lines = [title, *((Span("    "), *line) for line in pretty(value))]
        return Part(name, lines, foldable=True, flush=True, tail=tail)

    def _result(self, fold: str, name: str, result: Message) -> Iterator[Part]:
        """The result of a call below it: in a row while the call is folded, else whole. Blocks that are no text have
        rows of their own."""
        failed = result.status == "error"
        parts = result.parts or (ContentPart(TEXT, result.text),)
        for number, part in enumerate(parts):
            part_name = f"{name}/{number}"
            data = held_value(part.text) if part.kind == TEXT else None
            if data is not None or part.kind != TEXT:
                yield self._other(part_name, data or part)
            else:
                yield from self._said(fold, part_name, part.text, "err" if failed else "text")
        for number, part in enumerate(result.extras):
            yield self._other(f"{name}/extra{number}", part)
        if result.status not in ("", "success", "error"):
            yield self._other(f"{name}/status", ContentPart("status", result.status))

    def _said(self, fold: str, name: str, raw: str, role: str) -> Iterator[Part]:
        """What a tool answered in words or in JSON."""
        value = None if self._source or role == "err" else value_in(raw)
        if not self._is_open(fold) and role != "err":
            line, tail = summary(raw, value, self._signs)
            yield Part(fold, [line], foldable=True, tail=tail)
            return
        lead = Span(f"{self._signs.bar} ", "muted" if role != "err" else "err")
        if value is not None:
            yield Part(fold, [(lead, *line) for line in pretty(shortened(value, 64))], foldable=True)
            return
        cut = len(raw) - WHOLE_CHARS
        most = None if self._is_open(fold) else RESULT_ROWS
        text = self._text(name, (raw[:WHOLE_CHARS] if cut > 0 else raw) or "(empty)", role, indent=2)
        if most is not None and len(text) > most + 1:
            text.most = most
        text.name, text.lead, text.foldable = fold, lead, True
        yield text
        if cut > 0:
            yield self._cut(cut, lead)

    def _about(self, name: str, thing: ContentPart | str, find: Callable[..., str]) -> str:
        """Return words about a thing, found once."""
        known = self._told.get(name)
        if known is None or known[0] is not thing:
            known = self._told[name] = (thing, find(thing))
        return known[1]


def _trimmed(text: str) -> str:
    """Return a text without blank lines around it: they are no rows."""
    return text.lstrip("\n").rstrip() if text[:1] == "\n" or text[-1:].isspace() else text


def _word_count(text: str) -> str:
    return plural(len(text.split()), "word")
