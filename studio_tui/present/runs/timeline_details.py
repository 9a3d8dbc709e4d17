"""Rows below a row of the timeline: a whole error with its trace folded, or the calls and writes of a task."""

from __future__ import annotations

from itertools import count as numbers
from typing import Literal

from msgspec import Struct, field

from studio_tui.core.runstate.error_text import error_text
from studio_tui.domain.message.message import Message
from studio_tui.domain.run import RunState, TaskView, elapsed
from studio_tui.present.kit.written import Written
from studio_tui.present.runs.timeline_lines import Columns
from studio_tui.present.runs.trace_bar import PARTS, Axis, Bar, bar_line, bar_of
from studio_tui.text.cells import fit, wrap
from studio_tui.text.fmt import count, duration, plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span, fit_line

INDENT = 6
"""Cells before the text of an error."""
FIRST_ROWS = 12
"""Rows of an error that opened by itself, until somebody asks for all of it."""
MOST_ROWS = 2_000
_serial = numbers()

Part = Literal["", "rest", "trace"]
"""What a row opens or closes of its error."""


class Detail(Struct, eq=False):
    """The rows below one entry."""

    of: object
    """What they were made of: made anew when that is another."""
    whole: bool = False
    """All rows of a long error are shown."""
    traced: bool = False
    """Its trace is shown."""
    lines: list[Line] = field(default_factory=list)
    parts: dict[int, Part] = field(default_factory=dict)
    """By the numbers of the rows that open something."""
    serial: int = 0
    """Another one whenever the rows are."""

    def show(self, lines: list[Line]) -> None:
        self.lines, self.serial = lines, next(_serial)

    def lay_out_error(self, text: str, signs: Glyphs, cells: int) -> None:
        """Wrap the error `text`; its trace is one row until it is opened."""
        error = error_text(text)
        room = max(8, cells - INDENT)
        bar = (Span(" " * (INDENT - 2)), Span(f"{signs.bar} ", "err"))
        said = wrap(clean_block(error.said), room)[:MOST_ROWS]
        shown = said if self.whole or len(said) <= FIRST_ROWS + 1 else said[:FIRST_ROWS]
        lines: list[Line] = [(*bar, Span(text, "err")) for text in shown]
        self.parts = {}
        if len(shown) < len(said):
            self.parts[len(lines)] = "rest"
            lines.append((*bar, Span(f"{signs.closed} {plural(len(said) - len(shown), 'more row')}", "muted")))
        if error.trace:
            self.parts[len(lines)] = "trace"
            sign = signs.open if self.traced else signs.closed
            rows = clean_block(error.trace).split("\n")
            lines.append((*bar, Span(f"{sign} traceback ({plural(len(rows), 'line')})", "muted")))
            if self.traced:
                wrapped = [part for text in rows for part in wrap(text, room)]
                lines += [(*bar, Span(text, "muted")) for text in wrapped[:MOST_ROWS]]
        self.show(lines)


def call_lines(run: RunState, task: TaskView, wrote: Written, axis: Axis, widths: Columns, signs: Glyphs) -> list[Line]:
    """Return a row for each message that a task wrote, by model or tool, and for each other key."""
    lines: list[Line] = []
    since = task.started_at
    for number, part in enumerate(wrote.parts):
        message = wrote.messages[number] if number < len(wrote.messages) else None
        lines.append(_call_line(message, run, part, axis, widths, signs, since))
        streamed = run.messages.get(message.id) if message is not None else None
        since = streamed.last_at if streamed is not None and streamed.last_at is not None else since
    return lines


def _call_line(
    message: Message | None, run: RunState, part: Line, axis: Axis, widths: Columns, signs: Glyphs, since: float | None
) -> Line:
    indent = "  " if widths.names < 16 else "    "
    if message is None:
        name, role = "wrote", "muted"
    elif message.role == "ai":
        name, role = clean(message.model, 60) or "model", "msg-ai"
    else:
        name, role = clean(message.name or message.role or "message", 60), f"msg-{message.role}"
    streamed = run.messages.get(message.id) if message is not None and message.role == "ai" else None
    first = streamed.first_at if streamed is not None and streamed.chunk_count > 1 else None
    last = streamed.last_at if first is not None and streamed is not None else None
    if first is None:
        bare = widths.names + (widths.time + 1 if widths.time else 0) + (widths.bar + 2 if widths.bar else 0)
        spans = [Span("    "), Span(fit(f"{indent}{name}", bare), role)]
    else:
        spans = [Span("    "), Span(fit(f"{indent}{name}", widths.names), role)]
    if widths.time and first is not None:
        took = duration(elapsed(first, last)) if last is not None else ""
        spans.append(Span(f"{took:>{widths.time}} ", "muted"))
    bar = bar_of(axis, first, last, widths.bar) if first is not None and widths.bar else None
    if bar is not None:
        spans += _waiting_bar(bar, bar_of(axis, since, first, widths.bar), widths.bar, signs)
    elif first is not None and widths.bar:
        spans.append(Span(" " * (widths.bar + 2)))
    spans.append(Span(" "))
    usage = message.usage if message is not None else None
    if first is not None and since is not None and first >= since:
        spans.append(Span(f"first token {duration(first - since)}  ", "muted"))
    if usage is not None:
        spans.append(Span(f"{count(usage.input_tokens)}{signs.arrow}{count(usage.output_tokens)} tok  ", "muted"))
    return (*spans, *part)


def _waiting_bar(bar: Bar, before: Bar | None, cells: int, signs: Glyphs) -> Line:
    """The bar of a model's words, and before it, lighter, the time until the first of them."""
    left, body, right = bar_line(bar, cells, "node-done", signs)
    start, stop = before.first // PARTS if before is not None else 0, bar.first // PARTS
    if before is None or stop <= start:
        return (left, body, right)
    waited = ("░" if signs.bar == "│" else "-") * (stop - start)
    return (left, Span(" " * start + waited, "muted"), Span(body.text[stop:], body.role), right)


def why_line(text: str, signs: Glyphs, cells: int) -> Line:
    """Return a closed error below the head of a run that failed outside its tasks."""
    said = error_text(text).first_line
    return fit_line((Span(f"  {signs.closed} ", "muted"), Span(clean(said[:400]), "err")), cells)
