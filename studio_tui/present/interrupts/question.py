"""A question of the graph as rows: what it says in words first, then the value, wrapped; nothing hidden in it."""

from __future__ import annotations

from collections.abc import Iterator

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import namespace_nodes
from studio_tui.domain.interrupts.answer_shape import ActionShape, AnswerShape, shape_of
from studio_tui.domain.interrupts.question_words import nothing_in, said_in
from studio_tui.domain.run_request import UNSET, Unset
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import Json, JsonObject, is_object
from studio_tui.present.kit.document import coloured, dump
from studio_tui.present.kit.markdown import has_marks
from studio_tui.present.kit.markdown.wrapping import wrapped
from studio_tui.present.kit.rows import LineRows
from studio_tui.text.cells import fit, width, wrap
from studio_tui.text.fmt import count
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import SHOWN_LIMIT, clean, clean_block, hidden_count
from studio_tui.text.spans import Line, Span

_NESTED = 2
"""Rows up to which an object or a list inside of a question stands in the row of its name."""
_FIRST = 4
"""Rows of an action's arguments up to which they stand above the words about it."""
_SIDE_BY_SIDE, _APART = 4, 3
"""Values from which on several stand in a row, and the cells between them."""
_PLAIN = 16
"""Names up to which an object of plain values is shown without its brackets."""


class QuestionRows(LineRows):
    """`Rows` over one question, laid out for a width."""

    def __init__(self) -> None:
        super().__init__()
        self._interrupt: Interrupt | None = None
        self._review: ActionShape | None = None
        self._edited: Json | Unset = UNSET
        self._measured: tuple[int, list[Line]] = (0, [])
        """A width that was only asked about, and the rows it would take."""

    def show(self, interrupt: Interrupt, review: ActionShape, edited: Json | Unset = UNSET) -> bool:
        """Show a question, or one action of it, with what was made of it; return whether it is another one."""
        if (interrupt, review, edited) == (self._interrupt, self._review, self._edited):
            return False
        self._interrupt, self._review, self._edited = interrupt, review, edited
        self._measured = (0, [])
        return self.lay_out_anew()

    def lay_out_anew(self) -> bool:
        self.lines = self._laid_out(self.cells)
        return True

    def count_at(self, cells: int) -> int:
        """Return how many rows another width would take; what is shown stays."""
        return len(self._laid_out(cells))

    def _laid_out(self, cells: int) -> list[Line]:
        if self._interrupt is None or self._review is None or cells <= 0:
            return []
        if self._measured[0] != cells:
            lines = _lines(self._interrupt.value, self._review, max(10, cells), self.signs, self._edited)
            self._measured = (cells, list(lines))
        return self._measured[1]


def action_of(shape: AnswerShape, part: int) -> str:
    """Say which action of a question this is; empty for a question with one."""
    return "" if shape.single else f"action {part + 1} of {len(shape.reviews)}"


def hidden_in(value: Json) -> int:
    """Count the characters of a question that a terminal would hide, in texts and keys alike."""
    found = 0
    todo: list[Json] = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            found += hidden_count(part)
        elif is_object(part):
            found += sum(hidden_count(key) for key in part)
            todo.extend(part.values())
        elif isinstance(part, list):
            todo.extend(part)
    return found


def place_of(interrupt: Interrupt) -> str:
    """Return the subgraphs that the asking node stands in, outermost first (safe text)."""
    return " / ".join(clean(name, 60) for name in namespace_nodes(interrupt.ns))


def question_lines(interrupt: Interrupt, cells: int, signs: Glyphs = UNICODE) -> Iterator[Line]:
    """Return a whole question, with all the actions that it asks about."""
    shape = shape_of(interrupt.value, interrupt.response_schema)
    for part, review in enumerate(shape.reviews):
        if part:
            yield ()
        yield from _lines(interrupt.value, review, max(10, cells), signs)


def _words(words: str, cells: int, signs: Glyphs) -> Iterator[Line]:
    """Return what a question says, its markdown drawn."""
    drawn = None
    if has_marks(words) and len(words) <= SHOWN_LIMIT:
        from studio_tui.present.kit.markdown.rows import markdown_lines

        drawn = markdown_lines(words, cells, signs)
    if drawn is not None:
        yield from drawn
    elif words:
        yield from ((Span(text, "text"),) for text in wrap(clean_block(words[:SHOWN_LIMIT]), cells))


def _lines(value: Json, review: ActionShape, cells: int, signs: Glyphs, edited: Json | Unset = UNSET) -> Iterator[Line]:
    nothing = nothing_in(value)
    if not isinstance(edited, Unset) and review.contract == "any":
        yield (Span("your answer", "key"),)
        yield from _value(edited, cells, value, 0)
        yield ()
    if nothing:
        for text in wrap(nothing, cells):
            yield (Span(text, "muted"),)
        return
    words, rest, has_rest = said_in(value, review)
    was = rest
    if not isinstance(edited, Unset) and review.contract != "any":
        rest = edited
    if review.heading:
        for number, text in enumerate(wrap(clean(review.heading, 500), cells - 8)):
            yield (Span("action  " if number == 0 else " " * 8, "key"), Span(text, "accent bold"))
    least = width("action") if review.heading else 0
    shown = list(_value(rest, cells, was, least)) if has_rest else []
    if review.heading and len(shown) <= _FIRST:  # what decides stands first, where it is not the longer part
        yield from shown
        yield from ((),) if words and shown else ()
        shown = []
    yield from _words(words, cells, signs)
    yield from _more(words)
    yield from ((),) if shown and (words or review.heading) else ()
    yield from shown


def _value(value: Json, cells: int, was: Json, least: int) -> Iterator[Line]:
    """Return a value by its names where these are read so, else as JSON; `was`: what an edit was made of.

    Names take `least` cells at least.
    """
    if is_object(value) and 0 < len(value) <= _PLAIN and all(_is_short(part, cells) for part in value.values()):
        yield from _named(value, cells, was if is_object(was) else {}, least)
        return
    shown = dump(shortened(value))
    for text in clean_block(shown[:SHOWN_LIMIT]).split("\n"):
        yield from (line for line, _ in wrapped(tuple(coloured(text)), cells))
    yield from _more(shown)


def _is_short(part: Json, cells: int) -> bool:
    """Whether a value is read in the row of its name: plain, or an object or a list of few characters."""
    return not isinstance(part, dict | list) or len(_compact(part)) <= _NESTED * cells


def _compact(part: Json) -> str:
    return print_json(shortened(part), indent=None) if isinstance(part, dict | list) else dump(shortened(part))


def _named(rest: JsonObject, cells: int, was: JsonObject, least: int) -> Iterator[Line]:
    """Return an object of short values as names and values, side by side where they are many; texts keep their quotes.

    What is not as it was says so.
    """
    names = {name: clean(name, 40) for name in rest}
    widest = max(least, min(max(map(width, names.values())), max(8, cells // 3)))
    told = {name: (_compact(part), _was(name, part, was)) for name, part in rest.items()}
    yet = {name: width(clean(text)) + width(before) for name, (text, before) in told.items()}
    column = widest + 2 + max(yet.values())
    beside = max(1, (cells + _APART) // (column + _APART)) if len(rest) >= _SIDE_BY_SIDE else 1
    row: list[Span] = []
    for place, (name, (text, before)) in enumerate(told.items()):
        value = tuple(coloured(clean(text[:SHOWN_LIMIT], SHOWN_LIMIT)))
        for number, (said, _) in enumerate(wrapped(value, max(8, cells - widest - 2 - width(before)))):
            row += (Span(fit(names[name] if number == 0 else "", widest), "key"), Span("  "), *said)
            row += (Span(before, "warn"),) if number == 0 and before else ()
            if beside == 1 or place % beside == beside - 1 or place == len(told) - 1:
                yield tuple(row)
                row = []
            else:
                row.append(Span(" " * (column + _APART - widest - 2 - yet[name])))
        yield from _more(text)
    for name in was:
        if name not in rest:
            yield (Span(fit(clean(name, 40), widest), "key"), Span("  "), Span("taken out", "warn"))


def _was(name: str, part: Json, was: JsonObject) -> str:
    """Return what an edited value was before (safe text); empty for one that is as it was."""
    from studio_tui.jsonkit.diff import same

    if not was or (name in was and same(was[name], part)):
        return ""
    return f"  was {clean(_compact(was[name]), 40)}" if name in was else "  new"


def _more(text: str) -> Iterator[Line]:
    """Say what is left out of a text that is too long, and where it is shown."""
    if len(text) > SHOWN_LIMIT:
        ways = Hint("State ({go-state}) and the editor ({resume-edit}) show them.")
        yield (Span(f"… {count(len(text) - SHOWN_LIMIT)} more characters: ", "text"), Span(ways, "text"))
