"""What stands beside the words of a message: whose they are, what they cost, how its calls went."""

from __future__ import annotations

import json
from collections.abc import Iterator

from studio_tui.domain.ids import namespace_nodes
from studio_tui.domain.message.content import ContentPart
from studio_tui.domain.message.message import Message, ToolCall
from studio_tui.domain.message.picture import HEAD, picture_in
from studio_tui.domain.message.words import brief, outline
from studio_tui.jsonkit.shorten import is_encoded
from studio_tui.jsonkit.value import Json
from studio_tui.present.messages.entry import ChatEntry, Pending
from studio_tui.text.fmt import count, duration, plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width

WHOLE_CHARS = 256 * 1024
"""Characters of a message read from a state that are wrapped; streamed ones are never cut."""
_ROLES = {"human": "msg-human", "ai": "msg-ai", "tool": "msg-tool", "system": "msg-system", "developer": "msg-system"}


def role_of(message: Message) -> str:
    """Return the role of colour of a message's role."""
    return _ROLES.get(message.role, "accent bold")


def label_basis(entry: ChatEntry) -> tuple[object, ...]:
    """Return what the label is made of: it stays while a message grows."""
    message, source = entry.message, entry.streamed or entry.message
    return (message.role, message.name, message.status, source.ns, source.node)


def label(entry: ChatEntry, signs: Glyphs) -> Line:
    """Return whose words a message is: `you`, `ai · agent`."""
    message = entry.message
    source = entry.streamed or message
    path = " › ".join(clean(name[:40]) for name in (*namespace_nodes(source.ns), source.node) if name)
    names: list[str] = [clean(message.name[:40])] if message.name else []
    if path and path not in names and message.role != "human":
        names.append(path)
    who = "you" if message.role == "human" and not names else clean(message.role[:40]) or "message"
    spans = [Span(who, role_of(message)), *(Span(f" {signs.dot} {name}", "muted") for name in names)]
    if message.role == "tool" and message.status == "error":
        spans.append(Span(f" {signs.error} failed", "err"))
    elif message.role == "tool" and message.status not in ("", "success"):
        spans.append(Span(f" {signs.dot} {clean(message.status[:40])}", "warn"))
    return tuple(spans)


def figures(entry: ChatEntry, cells: int, signs: Glyphs) -> Line:
    """Return what is known of a message beside its words, in about `cells` cells: what it cost, and that it is lost."""
    message = entry.message
    lost: Line = ()
    if not message.in_checkpoint:
        lost = (Span(f"{signs.warning} not in checkpoint", "warn"),)
    elif entry.unsaved:
        lost = (Span("not saved in the state", "muted"),)
    running = (Span(f" {signs.running}", "node-running"),) if message.streaming else ()
    between = f" {signs.dot} "
    for facts in _figures(entry):
        told = between.join(fact for fact in facts if fact)
        line = (*lost, Span(f"{between if lost and told else ''}{told}", "muted"), *running)
        if line_width(line) <= cells:
            break
    else:
        line = (*lost, *running)
    return tuple(span for span in line if span.text)


def _figures(entry: ChatEntry) -> Iterator[list[str]]:
    """Yield all figures, then those that matter most."""
    message, source = entry.message, entry.streamed or entry.message
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
    yield [model, *used, *parts]
    yield [*used, *parts]
    yield parts


def outcome(entry: ChatEntry, call: ToolCall, results: list[Message], signs: Glyphs) -> Line:
    """Return how a call went: `✓ 817ms`, `✗ failed`, that it runs, or that nobody answered it."""
    if not results:
        if entry.message.streaming:
            return (Span(signs.ellipsis, "muted"),)
        if call.problem:
            return ()
        return {
            Pending.RUNNING: (Span(f"{signs.running} running", "node-running"),),
            Pending.WAITING: (Span("not run yet", "muted"),),
            Pending.LOST: (Span("no result", "warn"),),
        }[entry.pending]
    known = dict(entry.seconds)
    took = max((known[result.id] for result in results if result.id in known), default=None)
    time = "" if took is None else f" {duration(took)}"
    if any(result.streaming for result in results):
        return (Span(f"{signs.running} running", "node-running"),)
    if any(result.status == "error" for result in results):
        return (Span(f"{signs.error} failed{time}", "err"),)
    if any(not result.in_checkpoint for result in results):
        return (Span(f"{signs.warning} not in checkpoint", "warn"),)
    return (Span(f"{signs.done}{time}", "ok"),)


def call_rows(title: Line, tail: Line, told: str, label: int, room: int) -> list[Line]:
    """Return a folded call, whose arguments (safe text) get a row of their own where they would be cut beside `tail`.

    `label`: cells of whose message it is, which share its row where `room` has them.
    """
    problem = len(title) > 2
    whole = (*title, Span(f"{' ' if problem else ''}({told})", "text"))
    taken = line_width(tail) + 2 if tail else 0
    if line_width(title) + taken + label <= room:
        taken += label
    return [whole] if line_width(whole) + taken <= room else [title, (Span(f"    {told}", "text"),)]


def arguments(call: ToolCall, cells: int) -> str:
    """Return arguments on one line, as in a call: `city="SF", days=3`."""
    parsed = call.parsed
    if isinstance(parsed, dict):
        parts = [f"{brief(key)}={_short(value)}" for key, value in list(parsed.items())[:12]]
        return clean(", ".join(parts)[: 2 * cells])
    return clean((brief(call.arguments) if is_encoded(call.arguments, 64) else call.arguments)[: 2 * cells])


def _short(value: Json) -> str:
    return json.dumps(outline(value), ensure_ascii=False)[:200]


def described(part: ContentPart) -> str:
    """Return what a block is, of a picture also its pixels."""
    text = part.describe()
    held = part.held() if part.kind == "image" else None
    head = held.data(HEAD) if held is not None else None
    picture = picture_in(head) if head else None
    if picture is not None:
        text = f"{text} · {picture.width} × {picture.height} pixels"
    return text if len(text) <= WHOLE_CHARS else f"{text[:WHOLE_CHARS]}…"
