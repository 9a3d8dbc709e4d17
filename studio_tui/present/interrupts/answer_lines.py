"""What stands around a question: whose it is, what is prepared for it, and which keys do what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from studio_tui.core.interrupts.answer_sheet import AnswerSheet, PreparedAnswer
from studio_tui.domain.interrupts.answer_shape import ACTS, Act
from studio_tui.domain.run_request import Unset
from studio_tui.jsonkit.show import path_text
from studio_tui.jsonkit.typed import parse_json, print_json
from studio_tui.jsonkit.value import Json
from studio_tui.present.interrupts.question import action_of, hidden_in, place_of
from studio_tui.text.cells import cut
from studio_tui.text.fmt import plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width

_DECIDED = 60
_WRITES = {"respond": "respond in words"}
_BEFORE = 12
"""Characters that are shown before the place where an edited text differs."""
_CHANGES = 20
"""Changes of an edit that are told on one row."""
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
    entry = sheet.current
    if not isinstance(entry.edited, Unset):
        spans.append(Span(f"{signs.done} your edit: ", "ok"))
        spans.append(Span(changed_words(entry, entry.edited), "string"))
    elif not isinstance(entry.answer, Unset):
        spans.append(Span(f"{signs.done} " if sheet.collecting else f"{signs.done} answer: ", "ok"))
        spans.append(Span(clean(print_json(entry.answer, indent=None), _SHOWN), "string"))
    elif entry.json and not entry.text.strip() and not writing:
        value, problem = parse_json(entry.json)
        words = "it is no JSON yet" if problem is not None else changed_words(entry, value)
        spans.append(Span(f"edited, not sent: {words}", "muted"))
    elif entry.text.strip() and not writing:
        spans.append(Span("typed, not sent: ", "muted"))
        spans.append(Span(clean(entry.text, _SHOWN), "muted"))
    return tuple(spans)


def changed_words(entry: PreparedAnswer, edited: Json, *, before: bool = True) -> str:
    """Return what an edit changed of what is asked about, one name after the other (safe text).

    `before`: with what stood there.
    """
    from studio_tui.jsonkit.diff import diff

    changes = diff(entry.review.editable, edited, _CHANGES).changes
    said = []
    for change in changes:
        place = clean(path_text(change.path), 40) if change.path else ""
        old, new = _told_apart(change.old, change.new)
        was = f"{old} " if before else ""
        became = {"+": f"+ {place} {new}", "-": f"- {place}", "~": f"{place} {was}→ {new}"}[change.op]
        said.append(became.strip())
    return " · ".join(said) or "as it was asked"


def _told_apart(old: Json, new: Json) -> tuple[str, str]:
    """Return two values on one line each (safe text); of long texts, from a little before where they part."""
    begin = 0
    if isinstance(old, str) and isinstance(new, str):
        begin = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))) - _BEFORE
    return _from(old, begin), _from(new, begin)


def _from(part: Json, begin: int) -> str:
    if begin <= _BEFORE or not isinstance(part, str):
        return clean(print_json(part, indent=None), _DECIDED)
    return clean(f"…{print_json(part[begin:], indent=None)[1:-1]}", _DECIDED)


def again_line(entry: PreparedAnswer, act: Act, value: Json, key: str, who: str, cells: int) -> Line:
    """Return what the second press of `key` does: it sends `value` to `who` (safe), for `act`.

    A decision that is but a word of its contract is that word, not the JSON around it. Where `cells` are too few, the
    words around what is sent go before any of that is cut.
    """
    word, meant = entry.review.word(act), ""
    if act in ("approve", "reject") and entry.review.contract != "any":
        said: str = word
    else:
        said, meant = clean(print_json(value, indent=None), _SHOWN), f" ({clean(word)})"
    shorter = said
    if act == "respond" and not isinstance(entry.edited, Unset):
        meant = " (edit)"
        said, shorter = (changed_words(entry, entry.edited, before=before) for before in (True, False))
    others, to = "other keys do not", f" to {who}"
    ways = [(said, f"{to}{meant} · any other key does not"), (said, f"{to} · any other key does not")]
    ways += [(said, f"{to} · {others}"), (shorter, f"{to} · {others}"), (shorter, f" · {others}"), (shorter, "")]
    key_span = Span(f"{key} again", "key bold")
    for sends, around in ways:
        line = (key_span, Span(f" sends {sends}{around}", "warn"))
        if line_width(line) <= cells:
            return line
    return key_span, Span(cut(f" sends {shorter}", max(1, cells - line_width((key_span,)))), "warn")


def key_words(sheet: AnswerSheet, keys: Mapping[str, str], editor: str, *, writing: bool) -> list[tuple[str, str]]:
    """Return the keys that do something now, and what.

    `keys`: by act, and those of `leave`, `editor`, `send`, `together`, and what ends a `text` or a `form`; `editor`:
    what the user's editor is called, see `edit_words`.
    """
    entry = sheet.current
    form = entry.spec is not None
    if writing:
        more = () if form else ((keys["editor"], edit_words(editor)),)
        return [(keys["form" if form else "text"], written_word(sheet)), *more, (keys["leave"], "back")]
    words: list[tuple[str, str]] = []
    for act in offered(sheet):
        word = edit_words(editor) if act == "edit" else _word(entry, act)
        words.append((keys[act], sends if (sends := sending_word(sheet)) and act == "respond" else word))
    if not entry.review.allowed:
        words.append(("", f"this {'question' if entry.shape.single else 'action'} allows no answer"))
    if is_ready(sheet):
        words.append((keys["send"], f"send {whole(sheet)}"))
    if len(sheet.questions) > 1 or not isinstance(entry.answer, Unset):
        words.append((keys["together"], _space(sheet)))
    return words


def offered(sheet: AnswerSheet) -> tuple[Act, ...]:
    """Return what the question in sight takes now. What was edited is approved by sending it, not as it was asked."""
    entry = sheet.current
    taken = set(entry.review.allowed) - ({"approve"} if not isinstance(entry.edited, Unset) else set())
    found = tuple(act for act in ACTS if act in taken or (act == "respond" and sending_word(sheet)))
    if entry.review.contract == "any" and "respond" in found and not taken & {"approve", "reject"}:
        return ("respond", *(act for act in found if act != "respond"))
    return found


def act_words(sheet: AnswerSheet, editor: str) -> dict[Act, str]:
    """Return what the question in sight takes now, each in a word with a capital letter; `editor`: its name."""
    review, own = sheet.current.review, {"respond": sending_word(sheet), "edit": edit_words(editor)}
    return {act: begun(own.get(act) or review.word(act)) for act in offered(sheet)}


def edit_words(editor: str) -> str:
    """Return what the key that edits does: it opens the editor of that name; empty where none is installed."""
    return f"edit in {editor}" if editor else "edit: set $EDITOR"


def sending_word(sheet: AnswerSheet) -> str:
    """Return what the key that answers does with a prepared answer; empty where it does not send one."""
    entry = sheet.current
    if isinstance(entry.answer, Unset) or sheet.collecting:
        return ""
    return "send it" if isinstance(entry.edited, Unset) else "send the edit"


def written_word(sheet: AnswerSheet) -> str:
    """Return what becomes of an answer that is being written, once it is finished."""
    entry, verb = sheet.current, ending_word(sheet)
    if entry.review.contract != "any":
        verb = f"{verb}: {'reject with these words' if entry.act == 'explain' else 'respond with these words'}"
    return verb


def ending_word(sheet: AnswerSheet) -> str:
    """Return what the key that ends a written answer does, in two words."""
    return "keep it" if sheet.collecting else "send it"


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


def drop_word(sheet: AnswerSheet) -> str:
    """Return what is dropped of a prepared answer."""
    return "drop" if isinstance(sheet.current.edited, Unset) else "drop the edit"


def _space(sheet: AnswerSheet) -> str:
    if not isinstance(sheet.current.answer, Unset):
        return drop_word(sheet)
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
