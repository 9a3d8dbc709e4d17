"""Texts in the composer's border: the title, and the row of modes and keys with the places where a click picks one."""

from __future__ import annotations

from collections.abc import Sequence

from studio_tui.core.inputs.run_input import Mode
from studio_tui.domain.assistant import Schemas
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width

_KEYS: dict[Mode, tuple[str, ...]] = {
    "chat": ("⏎ send", "@ file", "^t mode", "^e editor", "^f history", "^o options"),
    "form": ("^s send", "^t mode", "^e editor", "^f history", "^o options"),
    "json": ("^s send", "^t mode", "^e editor", "^f history", "^o options"),
}
_NAMES: dict[Mode, str] = {"chat": "chat", "form": "form", "json": "JSON"}


def title(mode: Mode, label: str) -> str:
    """Return the title: what is being written, and for whom."""
    who = clean(label, 80)
    if mode == "chat":
        return f"Message to {who}" if who else "Message"
    what = "Input" if mode == "form" else "JSON input"
    return f"{what} for {who}" if who else what


def subtitle(mode: Mode, offered: Sequence[Mode], cells: int, *, focused: bool) -> Line:
    """Return modes and keys as far as they fit into `cells`; the modes come first."""
    spans: list[Span] = []
    for name in offered:
        spans += [Span(f" {_NAMES[name]} ", "accent reverse" if name == mode else "muted"), Span(" ")]
    keys = _KEYS[mode] if focused else ("i write",)
    for key in keys:
        part = Span(f" {key} ", "muted")
        if line_width((*spans, part)) > cells:
            break
        spans.append(part)
    return tuple(spans)


def schema_words(schemas: Schemas | None, *, asks: bool) -> str:
    """Return why there is no form, or only an old one (safe text); empty where nothing is missing.

    `asks`: a chat line is not sent at the first key, as nothing tells that it fits.
    """
    if schemas is None or not schemas.problem:
        return ""
    problem = schemas.problem.rstrip(".")
    again = "Tried again by itself; ctrl+r tries now."
    if schemas.effective_input is not None:
        return f"The form is as it was read before: {problem}. {again}"
    chat = "JSON (^t) works, chat asks before it sends." if asks else "JSON (^t) and chat work."
    return f"No form: {problem}. {chat} {again}"


def mode_at(line: Line, offset: int) -> Mode | None:
    """Return the mode whose name stands at cell `offset` of a subtitle, or None."""
    at = 0
    for span in line:
        end = at + line_width((span,))
        if at <= offset < end:
            return next((mode for mode, name in _NAMES.items() if span.text == f" {name} "), None)
        at = end
    return None
