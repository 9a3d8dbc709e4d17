"""One chat message as rows: head, thinking, text, tool calls with their results. Wrapped once, then only grown."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from msgspec import Struct, field

from studio_tui.domain.ids import namespace_nodes
from studio_tui.domain.message.content import REFUSAL, TEXT, ContentPart, held_value
from studio_tui.domain.message.extras import SAFETY, STOPPED
from studio_tui.domain.message.message import Message, ToolCall
from studio_tui.domain.message.words import brief, outline, without_data
from studio_tui.jsonkit.shorten import is_encoded, shortened
from studio_tui.jsonkit.show import pretty
from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.growing_text import GrowingText
from studio_tui.present.kit.rows import Held
from studio_tui.text.fmt import count, plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width, plain, spread

WHOLE_CHARS = 256 * 1024
"""Characters of a message read from a state that are wrapped; streamed ones are never cut."""
RESULT_ROWS = 3
"""Rows of a folded tool result."""
_UNFOLD = Hint(" ({list-toggle-row})")
_OPEN = Hint("show the whole message ({list-open-row})")
_WARNINGS = (REFUSAL, STOPPED, SAFETY)
_ROLES = {"human": "msg-human", "ai": "msg-ai", "tool": "msg-tool", "system": "msg-system", "developer": "msg-system"}


class ChatEntry(Struct, frozen=True):
    """A message to show: its own data, what streaming told of it, and the tool results that belong to its calls."""

    key: str
    message: Message
    streamed: Message | None = None
    results: tuple[Message, ...] = ()
    unsaved: bool = False
    """It was streamed and the state that the run left does not hold it."""

    @property
    def state(self) -> tuple[object, ...]:
        """Changes whenever the entry looks different."""
        streamed = self.streamed
        return (
            self.message.rev,
            self.message.streaming,
            self.message.in_checkpoint,
            self.unsaved,
            (Held(streamed), streamed.rev) if streamed else None,
            tuple((Held(result), result.rev) for result in self.results),
        )


class Part(Struct):
    """Some rows of a block that belong together; `name` says which, for folding."""

    name: str
    lines: list[Line] | None = None
    text: GrowingText | None = None
    role: str = "text"
    lead: Span = field(default_factory=lambda: Span(""))
    most: int | None = None
    """Rows shown while folded, before the one that says how many are hidden; None shows all."""
    foldable: bool = False
    content: ContentPart | None = None
    """The content block that these rows name, where it is no text."""

    def __len__(self) -> int:
        return self.total if self.most is None else self.most + 1

    @property
    def total(self) -> int:
        """Rows when unfolded."""
        return len(self.lines) if self.lines is not None else len(self.text) if self.text is not None else 0

    def line(self, index: int) -> Line:
        """Return one row; the last of a folded part says how many are hidden."""
        if self.lines is not None:
            return self.lines[index]
        if index and self.content is not None:
            return (Span(" " * len(self.lead.text)), Span(self.text[index] if self.text is not None else "", self.role))
        if index == self.most:
            more = "more lines" if self.most else f"lines of {self.name}"
            return (self.lead, Span(f"… {count(self.total - self.most)} {more}", "muted"), Span(_UNFOLD, "muted"))
        return (self.lead, Span(self.text[index] if self.text is not None else "", self.role))


class MessageBlock:
    """The rows of one entry at one width."""

    def __init__(
        self, entry: ChatEntry, cells: int, signs: Glyphs, unfolded: set[tuple[str, str]], *, first: bool = False
    ) -> None:
        self.entry = entry
        self._gap = [] if first else [Part("gap", [()])]
        self._cells = cells
        self._signs = signs
        self._unfolded = unfolded
        self._texts: dict[str, GrowingText] = {}
        self._shown: tuple[object, ...] = ()
        self._parts: list[Part] = []
        self._ends: list[int] = []
        """Rows up to the end of each part."""
        self.update(entry)

    def update(self, entry: ChatEntry, *, again: bool = False) -> bool:
        """Take over the entry as it is now; return whether anything changed."""
        if not again and entry.message is self.entry.message and entry.state == self._shown:
            return False
        self.entry = entry
        self._shown = entry.state
        self._parts = [*self._gap, Part("head", [self._head()]), *self._body()]
        self._ends = list(accumulate(map(len, self._parts)))
        return True

    def __len__(self) -> int:
        return self._ends[-1]

    def line(self, index: int, width: int) -> Line:
        """Return one row: a bar in the colour of the role, then the text."""
        part, index = self.part_at(index)
        if part.name == "gap":
            return ()
        bar = Span(f"{self._signs.bar} ", _role(self.entry.message.role))
        if part.name == "head":
            head = part.line(0)
            facts = self._facts(width - line_width(head) - 3)
            return (bar, *spread(head, facts, max(1, width - 2))) if facts else (bar, *head)
        return (bar, *part.line(index))

    def joint(self, index: int) -> str:
        """Return what stands between the row before and this one: a break, or what wrapping left out."""
        part, index = self.part_at(index)
        if not index or part.text is None or part.lines is not None or index == part.most:
            return "\n"
        return part.text.joint(index)

    def margin(self, index: int) -> int:
        """Return how many cells of a row are bars and indents, which are not part of what was said."""
        part, index = self.part_at(index)
        bar = line_width((Span(f"{self._signs.bar} "),))
        if part.text is None or (part.content is not None and not index):
            return bar
        return bar + line_width((part.lead,))

    def part_at(self, index: int) -> tuple[Part, int]:
        """Return the part that holds row `index`, and the row inside it."""
        at = bisect_right(self._ends, index)
        return self._parts[at], index - (self._ends[at - 1] if at else 0)

    def _head(self) -> Line:
        message = self.entry.message
        spans = [Span(clean(message.role[:40]) or "message", _role(message.role))]
        source = self.entry.streamed or message
        path = " › ".join(clean(name[:40]) for name in (*namespace_nodes(source.ns), source.node) if name)
        names: list[str] = [clean(message.name[:40])] if message.name else []
        if path and path not in names:
            names.append(path)
        spans.extend(Span(f" {self._signs.dot} {name}", "muted") for name in names)
        if message.role == "tool" and message.status == "error":
            spans.append(Span(f" {self._signs.error} failed", "err"))
        elif message.role == "tool" and message.status not in ("", "success"):
            spans.append(Span(f" {self._signs.dot} {clean(message.status[:40])}", "warn"))
        if not message.in_checkpoint:
            spans.append(Span(f"  {self._signs.warning} not in checkpoint", "warn"))
        elif self.entry.unsaved:
            spans.append(Span(f" {self._signs.dot} not in this state", "muted"))
        return tuple(spans)

    def _facts(self, cells: int) -> Line:
        """Return model, tokens and speed in at most `cells`, for the right end of the head: what fits."""
        message, source = self.entry.message, self.entry.streamed or self.entry.message
        usage = message.usage or source.usage
        tokens = usage.output_tokens or usage.total_tokens if usage else 0
        amount = tokens or source.chunk_count
        parts = [f"{count(tokens)} tok" if tokens else plural(amount, "chunk")] if amount else []
        if source.first_at is not None and source.last_at is not None and source.chunk_count > 1:
            seconds = source.last_at - source.first_at
            if seconds > 0.05:
                parts.append(f"{count(round(amount / seconds))} {'tok' if tokens else ''}".rstrip() + "/s")
        used = []
        if usage is not None and usage.input_tokens:
            used.append(f"{count(usage.input_tokens)} in")
        if usage is not None and usage.cached_tokens:
            used.append(f"{count(usage.cached_tokens)} cached")
        if usage is not None and usage.reasoning_tokens:
            used.append(f"{count(usage.reasoning_tokens)} reasoning")
        model = clean((message.model or source.model)[:40])
        sign = (Span(f" {self._signs.running}", "node-running"),) if message.streaming else ()
        for facts in ([model, *used, *parts], [*used, *parts], parts):
            line = (Span(f" {self._signs.dot} ".join(fact for fact in facts if fact), "muted"), *sign)
            if line_width(line) <= cells:
                return line
        return ()

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
            yield self._call(f"call{number}", call, message.streaming)
            yield from self._results(number, call)
        yield from (self._other(f"extra{number}", part) for number, part in enumerate(message.extras))

    def _results(self, number: int, call: ToolCall) -> Iterator[Part]:
        """All results of a call: a graph may answer one twice."""
        for again, result in enumerate(item for item in self.entry.results if item.tool_call_id == call.id):
            yield from self._result(f"result{number}.{again}" if again else f"result{number}", result)

    def _reasoning(self, message: Message) -> Iterator[Part]:
        """The reasoning: folded to the number of its lines, else below its name and set off from the answer."""
        cut = 0 if message.chunk_count else len(message.thinking) - WHOLE_CHARS
        raw = without_data(message.thinking[:WHOLE_CHARS] if cut > 0 else message.thinking)
        most = None if message.streaming else 0
        text = self._text("reasoning", raw, "muted italic", most=most, indent=2)
        if text.most is not None:
            text.lead = Span("")
        else:
            yield Part("reasoning", [(Span("reasoning", "muted"),)], foldable=text.foldable)
        yield text
        if cut > 0:
            yield self._cut(cut)

    def _message_text(self, message: Message) -> Iterator[Part]:
        data = None if message.streaming else held_value(message.text)
        if data is not None:
            yield self._other("text", data)
        else:
            most = 12 if message.role == "tool" else None
            yield from self._whole("text", message.text, "text", most=most, grown=bool(message.chunk_count))

    def _whole(self, name: str, raw: str, role: str, *, most: int | None = None, grown: bool = False) -> Iterator[Part]:
        """A text, of one that did not stream the beginning, which is wrapped at once."""
        cut = 0 if grown else len(raw) - WHOLE_CHARS
        yield self._text(name, raw[:WHOLE_CHARS] if cut > 0 else raw, role, most=most)
        if cut > 0:
            yield self._cut(cut)

    def _content(self, message: Message) -> Iterator[Part]:
        """The content block by block, in its order."""
        for number, part in enumerate(message.parts):
            data = held_value(part.text) if part.kind == TEXT else None
            if data is not None:
                yield self._other(f"part{number}", data)
            elif part.kind == TEXT:
                yield from self._whole(f"part{number}", part.text, "text")
            else:
                yield self._other(f"part{number}", part)

    def _other(self, name: str, part: ContentPart, lead: str = "") -> Part:
        role = "warn" if part.kind in _WARNINGS else "msg-tool"
        description = part.describe()
        description = description if len(description) <= WHOLE_CHARS else f"{description[:WHOLE_CHARS]}…"
        text = self._text(name, description, role, indent=len(lead) + 2)
        text.lead = Span(f"{lead}{self._signs.dot} ", role)
        text.content = None if part.kind == REFUSAL or part.block is None else part
        return text

    def _cut(self, chars: int, lead: Span | None = None) -> Part:
        before = () if lead is None else (lead,)
        more = Span(f"… {count(chars)} more characters: ", "warn")
        return Part("cut", [(*before, more, Span(_OPEN, "warn"))])

    def _text(self, name: str, raw: str, role: str, *, most: int | None = None, indent: int = 0) -> Part:
        text = self._texts.get(name)
        if text is None:
            text = self._texts[name] = GrowingText(self._cells - 2 - indent)
        text.set(raw)
        foldable = most is not None and len(text) > most + 1
        folded = foldable and (self.entry.key, name) not in self._unfolded
        return Part(
            name, text=text, role=role, lead=Span(" " * indent), most=most if folded else None, foldable=foldable
        )

    def _call(self, name: str, call: ToolCall, streaming: bool) -> Part:
        open_ = (self.entry.key, name) in self._unfolded
        sign = self._signs.open if open_ else self._signs.closed
        wrong = Span(f" {self._signs.error} not valid: {clean(call.problem[:80])}", "err")
        title = (
            Span(f"{sign} ", "muted"),
            Span(clean(call.name[:80]) or "tool", "msg-tool"),
            *((wrong,) if call.problem else ()),
        )
        if not open_:
            short = Span(f"{' ' if call.problem else ''}({_arguments(call, self._cells)})", "text")
            mark = (Span(f" {self._signs.ellipsis}", "muted"),) if streaming and call.parsed is None else ()
            return Part(name, [(*title, short, *mark)], foldable=True)
        value = shortened(call.parsed if call.parsed is not None else call.arguments, 64)
        return Part(name, [title, *((Span("    "), *line) for line in pretty(value))], foldable=True)

    def _result(self, name: str, result: Message) -> Iterator[Part]:
        """The result of a call below it: texts folded to a few rows, each other block on a row of its own."""
        failed = result.status == "error"
        lead = Span(f"  {self._signs.error if failed else self._signs.bar} ", "err" if failed else "msg-tool")
        parts = result.parts or (ContentPart(TEXT, result.text or "(empty)"),)
        for number, part in enumerate(parts):
            part_name = f"{name}/{number}" if number else name
            data = held_value(part.text) if part.kind == TEXT else None
            if data is not None or part.kind != TEXT:
                yield self._other(part_name, data or part, lead.text)
                continue
            cut, role = len(part.text) - WHOLE_CHARS, "err" if failed else "text"
            text = self._text(part_name, part.text[:WHOLE_CHARS], role, most=RESULT_ROWS, indent=4)
            text.lead = lead
            yield text
            if cut > 0:
                yield self._cut(cut, lead)
        for number, part in enumerate(result.extras):
            yield self._other(f"{name}/extra{number}", part, lead.text)
        if result.status not in ("", "success", "error"):
            yield self._other(f"{name}/status", ContentPart("status", result.status), lead.text)
        if not result.in_checkpoint:
            yield Part(f"{name}/lost", [(lead, Span(f"{self._signs.warning} not in checkpoint", "warn"))])

    def text(self) -> str:
        return "\n".join(plain(part.line(index)) for part in self._parts for index in range(len(part)))


def _role(role: str) -> str:
    return _ROLES.get(role, "accent bold")


def _arguments(call: ToolCall, cells: int) -> str:
    """Return arguments on one line, as in a call: `city="SF", days=3`."""
    parsed = call.parsed
    if isinstance(parsed, dict):
        parts = [f"{brief(key)}={_short(value)}" for key, value in list(parsed.items())[:12]]
        return clean(", ".join(parts)[: 2 * cells])
    return clean((brief(call.arguments) if is_encoded(call.arguments, 64) else call.arguments)[: 2 * cells])


def _short(value: Json) -> str:
    return json.dumps(outline(value), ensure_ascii=False)[:200]
