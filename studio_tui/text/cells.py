"""Cell widths, cutting and wrapping, on the same tables that the compositor uses (Rich's).

The only place outside `ui/` that imports Rich, and only its width tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size, split_graphemes

ELLIPSIS = "…"
_NUMBER = re.compile(r"\d(?:[\d.,]|\s(?=\d{3}))*")
"""With the blanks between its groups."""


def width(text: str) -> int:
    """Return the number of terminal cells that `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, cells: int) -> str:
    """Return `text` in exactly `cells` cells: padded, or cut with an ellipsis."""
    if cells <= 0:
        return ""
    size = width(text)
    if size <= cells:
        return text + " " * (cells - size)
    return cut(text, cells)


def cut(text: str, cells: int) -> str:
    """Return `text` unchanged if it fits, else cut to exactly `cells` cells, ending in an ellipsis."""
    if cells <= 0:
        return ""
    if text.isascii():
        return text if len(text) <= cells else text[: cells - 1] + ELLIPSIS
    # A million-character line must not be measured whole to show eighty cells of it.
    head = text[: cells * 8 + 64]
    if len(head) == len(text) and cell_len(text) <= cells:
        return text
    return set_cell_size(head, cells - 1) + ELLIPSIS


def cut_words(text: str, cells: int) -> str:
    """Return `text` unchanged if it fits, else its first whole words and an ellipsis.

    A word is cut all the same where the cells would stay empty by half without it.
    """
    if width(text) <= cells:
        return text
    _, end = next(pieces(text, max(1, cells - 2)))
    if width(text[:end]) < cells // 2 or text[end : end + 1] != " ":
        return cut(text, cells)
    return f"{text[:end].rstrip(' ,;:·')} {ELLIPSIS}"


def fit_parts(parts: Sequence[str], cells: int, first_to_go: str = "", joint: str = " · ") -> str:
    """Return as many parts, joined, as fit whole: `first_to_go` goes first, then from the end.

    One that does not fit alone is cut, but in front of a number that would be cut in two.
    """
    left = [part for part in parts if part]
    while len(left) > 1 and cell_len(joint.join(left)) > cells:
        if first_to_go in left[1:]:
            left.reverse()
            left.remove(first_to_go)
            left.reverse()
        else:
            left.pop()
    text = joint.join(left)
    if cell_len(text) <= cells:
        return text
    end = len(cut(text, cells)) - 1
    torn = next((number.start() for number in _NUMBER.finditer(text) if number.start() < end < number.end()), end)
    return text[:torn].rstrip() + ELLIPSIS


def wrap(text: str, cells: int) -> list[str]:
    """Return the lines of `text` (split at line breaks) wrapped at words to at most `cells` cells each."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrap_paragraph(paragraph, max(1, cells)))
    return lines


def _wrap_paragraph(text: str, cells: int) -> list[str]:
    return [text[start:end] for start, end in pieces(text, cells)]


def pieces(text: str, cells: int, first: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield start and end of the parts into which one line (without line breaks) is wrapped; one at least. The first
    of them has `first` cells, if that is given."""
    start, room = 0, cells if first is None else first
    while True:
        end = _take(text, start, room)
        room = cells
        if end >= len(text):
            yield start, len(text)
            return
        space = text.rfind(" ", start, end + 1)
        if space > start:
            yield start, space
            start = space + 1
        else:
            yield start, end
            start = end


def _take(text: str, start: int, cells: int) -> int:
    """Return the index after the last character that still fits into `cells` cells (at least one character)."""
    window = text[start : start + cells]
    if window.isascii():
        return start + len(window)
    # Never between the parts of one emoji: a row must not begin with a joiner. Most rows show their end within a
    # few characters more than they have cells; only one of many joined parts needs the wide look.
    for reach in (cells + 16, cells * 8 + 64):
        window = text[start : start + reach]
        used = 0
        for begin, end, size in split_graphemes(window)[0]:
            used += size
            if used > cells:
                return start + (begin or end)
        if start + len(window) >= len(text):
            break
    return start + len(window)


def graphemes(text: str) -> list[tuple[str, int]]:
    """Return the characters of `text` as a terminal draws them, each with its width in cells."""
    if text.isascii():
        return [(char, 1) for char in text]
    spans, _ = split_graphemes(text)
    out: list[tuple[str, int]] = []
    for start, end, cells in spans:
        if cells == 0 and out:
            head, size = out[-1]
            out[-1] = (head + text[start:end], size)
        elif cells:
            out.append((text[start:end], cells))
    return out
