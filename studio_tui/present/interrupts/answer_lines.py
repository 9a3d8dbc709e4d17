"""What stands around a question: whose it is, what is prepared for it, and which keys do what. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from studio_tui.core.interrupts.answer_sheet import AnswerSheet, PreparedAnswer
from studio_tui.domain.interrupts.answer_shape import ACTS, Act
from studio_tui.domain.run_request import Unset
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import Json
from studio_tui.present.interrupts.question import action_of, hidden_in, place_of
from studio_tui.text.fmt import plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width

_DECIDED = 60
_WRITES = {"respond": "respond in words"}
_SHOWN = 200
"""Characters of a prepared answer."""


def title_of(sheet: AnswerSheet, signs: Glyphs, others: str) -> str:
    """Return who asks, where, and which question of how many is shown (safe text); `others`: the keys to the others."""
    entry, questions = sheet.current, sheet.questions
    node, place = clean(entry.question.node, 60) or "the graph", place_of(entry.question)
    at = next(at for at, item in enumerate(questions, start=1) if item.key == entry.question.key)
    parts = [f"{signs.interrupt} {node} asks" + (f" in {place}" if place else "")]
    if len(questions) > 1:
        parts.append(f"{at} of {len(questions)}")
    if action := action_of(entry.shape, entry.part):
        parts.append(action)
    if len(sheet.entries) > 1:
        parts.append(f"{others} the {'other' if len(sheet.entries) == 2 else 'others'}")
    return f" {signs.dot} ".join(parts)


def note_line(sheet: AnswerSheet, signs: Glyphs, *, writing: bool = False) -> Line:
    """Return what there is to know: hidden characters, the prepared answer, how many are collected."""
    spans: list[Span] = []
    if hidden := hidden_in(sheet.current.question.value):
        spans.append(Span(f"{signs.warning} {plural(hidden, 'hidden character')}, shown as <U+…> ", "warn"))
    if sheet.together:
        spans.append(Span(f"together: {len(sheet.prepared)} of {len(sheet.questions)} prepared ", "info"))
    if not sheet.current.shape.single:
        parts = [entry for entry in sheet.entries if entry.question.key == sheet.current.question.key]
        decided = sum(not isinstance(entry.answer, Unset) for entry in parts)
        spans.append(Span(f"{decided} of {len(parts)} actions decided ", "info"))
    answer = sheet.current.answer
    if not isinstance(answer, Unset):
        spans.append(Span(f"{signs.done} " if sheet.collecting else f"{signs.done} answer: ", "ok"))
        spans.append(Span(clean(print_json(answer, indent=None), _SHOWN), "string"))
    elif sheet.current.text.strip() and not writing:
        spans.append(Span("typed, not sent: ", "muted"))
        spans.append(Span(clean(sheet.current.text, _SHOWN), "muted"))
    return tuple(spans)


def again_line(key: str, word: str, answer: Json, who: str, cells: int) -> Line:
    """Return what the second press of `key` does, in `cells` cells where its words can be shortened to that.

    `word` is the contract's for it, `who` gets the answer (safe).
    """
    whole = clean(print_json(answer, indent=None), _DECIDED)
    ways = [(whole, f" ({clean(word)})", " · any other key does not"), (whole, "", " · any other key does not")]
    ways += [(clean(whole, least), "", " · other keys do not") for least in (_DECIDED, 32, 16)]
    for sends, what, others in ways:
        line = (Span(f"{key} again", "key bold"), Span(f" sends {sends} to {who}{what}{others}", "warn"))
        if line_width(line) <= cells:
            break
    return line


def key_words(sheet: AnswerSheet, keys: Mapping[str, str], *, writing: bool) -> list[tuple[str, str]]:
    """Return the keys that do something now, and what.

    `keys`: by act, and those of `leave`, `editor`, `send`, `together`, and what ends a `text` or a `form`.
    """
    entry = sheet.current
    form = entry.spec is not None
    if writing:
        more = () if form else ((keys["editor"], "editor"),)
        return [(keys["form" if form else "text"], written_word(sheet)), *more, (keys["leave"], "back")]
    words: list[tuple[str, str]] = []
    ready = not isinstance(entry.answer, Unset) and not sheet.collecting
    for act in ACTS:
        if act in entry.review.allowed or (act == "respond" and ready):
            words.append((keys[act], "send it" if act == "respond" and ready else _word(entry, act)))
    if not entry.review.allowed:
        words.append(("", f"this {'question' if entry.shape.single else 'action'} allows no answer"))
    if len(sheet.entries) > 1:
        if is_ready(sheet):
            words.append((keys["send"], f"send {whole(sheet)}"))
        if len(sheet.questions) > 1 or not isinstance(entry.answer, Unset):
            words.append((keys["together"], _space(sheet)))
    return words


def written_word(sheet: AnswerSheet) -> str:
    """Return what becomes of an answer that is being written, once it is finished."""
    entry = sheet.current
    verb = "keep it" if sheet.collecting else "send it"
    if entry.review.contract in ("decisions", "approval"):
        verb = f"{verb}: {'reject with these words' if entry.act == 'explain' else 'respond with these words'}"
    return verb


def _word(entry: PreparedAnswer, act: Act) -> str:
    """Say what an act does, with the answer itself where that is a word."""
    if act == "respond":
        return "fill in the form" if entry.spec is not None else _WRITES.get(entry.review.word(act), "write an answer")
    answer = entry.decided(act) if act in ("approve", "reject") else None
    word = entry.review.word(act)
    return f"{word} ({print_json(answer, indent=None)})" if isinstance(answer, bool) else word


def is_ready(sheet: AnswerSheet) -> bool:
    """Whether everything that goes in one request has been decided."""
    return len(sheet.entries) > 1 and bool(sheet.prepared) and not sheet.undecided


def whole(sheet: AnswerSheet) -> str:
    """Return what is sent in one request."""
    if len(sheet.questions) > 1:
        return plural(len(sheet.prepared), "answer")
    return plural(len(sheet.entries), "decision")


def _space(sheet: AnswerSheet) -> str:
    if not isinstance(sheet.current.answer, Unset):
        return "drop"
    if sheet.together:
        return "answer one by one"
    return "answer both together" if len(sheet.questions) == 2 else "answer all together"


def key_lines(words: list[tuple[str, str]], cells: int) -> list[Line]:
    """Return the keys in rows of at most `cells` cells; a key stays with its word."""
    rows: list[list[Span]] = [[]]
    for key, word in words:
        entry = [Span(key, "key bold"), Span(f" {word}  " if key else f"{word}  ", "text")]
        if rows[-1] and line_width((*rows[-1], *entry)) - 2 > cells:
            rows.append([])
        rows[-1] += entry
    return [tuple(row) for row in rows]


def begun(words: str) -> str:
    """Return words with a capital letter at their beginning; the others stay as they are."""
    return words[:1].upper() + words[1:]
