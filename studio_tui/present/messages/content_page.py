"""One content block as a page to read: what it is, what can be done with it, and its fields without their data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from msgspec import Struct

from studio_tui.domain.message.content import FILE, ContentPart
from studio_tui.domain.message.file_name import proposed_name
from studio_tui.domain.message.picture import HEAD, Picture, mime_of_bytes, picture_in
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.show import pretty
from studio_tui.text.fmt import count, size
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

FIELD_ROWS = 2_000
"""Rows of the block's fields that are shown; all can be copied."""
DATA_CHARS = 96
"""Characters of data in a field from which on it is shortened: its picture, file or sound is one key away."""
TEXT_BYTES = 4_000_000
"""A larger file is not shown as text."""
_TEXT_TYPES = ("application/json", "application/xml", "application/yaml", "image/svg+xml", "application/x-yaml")


class ContentFacts(Struct, frozen=True):
    """What is known of a block without its whole data."""

    part: ContentPart
    holds: bool
    """It holds its data itself, and that can be read."""
    broken: bool
    """It should hold data, which is no base64."""
    found_mime: str
    """What its first bytes say it is."""
    picture: Picture | None

    @property
    def file_name(self) -> str:
        """The name that is proposed for saving it."""
        return proposed_name(self.part.name, self.part.kind, self.found_mime or self.part.mime)

    @property
    def is_text(self) -> bool:
        """Whether it can be shown as text, by its type; its bytes decide in the end."""
        held = self.part.held()
        if held is None or not self.holds or held.size > TEXT_BYTES or self.found_mime:
            return False
        mime = self.part.mime.lower().split(";")[0]
        named = mime.startswith("text/") or mime in _TEXT_TYPES or (held.form == "text" and self.part.kind == FILE)
        return named or (not mime and self.part.kind == FILE)


def facts_of(part: ContentPart) -> ContentFacts:
    """Look at a block; of its data only the beginning is read."""
    held = part.held()
    head = held.data(HEAD) if held is not None else None
    mime = mime_of_bytes(head) if head is not None else ""
    return ContentFacts(part, bool(head), held is not None and not head, mime, picture_in(head) if head else None)


def content_lines(
    facts: ContentFacts, graphics: str, where: str, hint: Callable[[str], str]
) -> tuple[list[Line], dict[int, ContentPart]]:
    """Return the page, and which of its lines open a block inside this one.

    `graphics`: why the terminal shows no pictures, empty where it does; `where`: the message that holds the block;
    `hint` puts keys into a template.
    """
    part = facts.part
    lines: list[Line] = [_fact(name, text, role) for name, text, role in _facts(facts, where)]
    offers = list(_offers(facts, graphics, hint))
    lines += [(), *offers] if offers else []
    opens: dict[int, ContentPart] = {}
    inner = part.inner()
    if inner:
        lines += [(), (Span(hint("In it, {list-open-row} opens"), "title"),)]
        for item in inner:
            opens[len(lines)] = item
            lines.append((Span("  "), Span(clean(item.describe()), "msg-tool")))
    lines += [(), (Span("As the server holds it", "title"),)]
    fields = list(islice(pretty(shortened(part.as_held or {}, DATA_CHARS)), FIELD_ROWS + 1))
    lines += fields[:FIELD_ROWS]
    if len(fields) > FIELD_ROWS:
        lines.append((Span(f"… more than {count(FIELD_ROWS)} lines: {hint('{content-copy-all} copies all')}", "warn"),))
    return lines, opens


def _fact(name: str, text: str, role: str) -> Line:
    return (Span(f"{name:<9}", "muted"), Span(clean(text), role))


def _facts(facts: ContentFacts, where: str) -> Iterator[tuple[str, str, str]]:
    part, picture = facts.part, facts.picture
    yield "kind", part.kind, "text"
    if part.text:
        yield "about", part.text, "text"
    odd = facts.found_mime if _differs(part.mime, facts.found_mime) else ""
    if part.mime or facts.found_mime:
        named = part.mime or f"not named; its bytes are {facts.found_mime}"
        yield "type", f"{named}; but its bytes are {odd}" if odd else named, "warn" if odd else "text"
    if part.name:
        yield "name", part.name, "text"
    if part.size is not None:
        exact = f" ({count(part.size)} bytes)" if part.size >= 1000 else ""
        yield "size", f"{size(part.size)}{exact}", "text"
    if picture is not None:
        yield "picture", f"{picture.width} × {picture.height} pixels, {picture.format}", "text"
    if part.url:
        yield "link", part.url, "accent"
    if where:
        yield "in", where, "text"


def _offers(facts: ContentFacts, graphics: str, hint: Callable[[str], str]) -> Iterator[Line]:
    if facts.broken:
        copies = hint("{content-copy-all} copies it as it is.")
        yield (Span(f"Its data is empty or no base64: there is nothing to show or save. {copies}", "warn"),)
    if facts.holds:
        yield _offer(hint("{content-save}"), "saves it to a file that you name")
        if facts.picture is not None and not graphics:
            yield _offer(hint("{content-picture}"), "shows the picture in this terminal")
        elif facts.picture is not None:
            yield (Span(f"No picture here: {graphics} {hint('{content-save} saves it.')}", "muted"),)
        if facts.is_text:
            yield _offer(hint("{content-text}"), "shows its text")
    if facts.part.url:
        yield _offer(hint("{content-link}"), "copies the link; nothing is fetched from there")


def _offer(key: str, what: str) -> Line:
    return (Span(f"{key} ", "key bold"), Span(what, "text"))


def _differs(declared: str, actual: str) -> bool:
    """Tell whether a type and what the bytes say are two things; a bare format is compared by its name."""
    same = {"image/jpg": "image/jpeg", "jpg": "image/jpeg", "audio/mp3": "audio/mpeg", "mp3": "audio/mpeg",
            "audio/x-wav": "audio/wav", "audio/wave": "audio/wav"}  # fmt: skip
    name = declared.lower().split(";")[0].strip()
    name = same.get(name, name)
    if not name or not actual or name == actual or name == actual.split("/")[1]:
        return False
    # Office files and many others are zip archives; one container holds sound or pictures.
    return actual not in ("application/zip", "video/webm", "video/mp4", "audio/ogg")
