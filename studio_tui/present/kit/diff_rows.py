"""A diff as rows: what is compared with what, then one entry per change, expandable to the whole values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import islice
from typing import cast

from studio_tui.domain.message.read import flat_message, is_message, message_of
from studio_tui.jsonkit.diff import Change, Diff, Op, same
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.show import PREVIEW_CHARS, path_text, pretty, preview
from studio_tui.jsonkit.value import Json, as_object, is_object
from studio_tui.present.kit.outline import Outline, OutlineNode
from studio_tui.present.kit.rows import Rows
from studio_tui.present.kit.written import message_words, told_value
from studio_tui.text.cells import width, wrap
from studio_tui.text.fmt import count, plural
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span, plain

ROWS_OF_VALUE = 400
"""Rows that one expanded value takes at most."""
_NAMED = 6
"""Keys of an object that are named where they differ."""
_LONG = 4000
"""Cells of words that are compared."""
_LOOKED_AT = 1_000
"""Changes among which messages are looked for that look alike."""
CHANGE_ROLES: Mapping[Op, str] = {"+": "diff-add", "-": "diff-del", "~": "diff-change"}


def totals(diff: Diff) -> str:
    """Return how much changed: `+2 -1 ~3`."""
    if not diff.changes:
        return "no difference"
    more = " and more" if diff.truncated else ""
    return f"+{count(diff.count('+'))} -{count(diff.count('-'))} ~{count(diff.count('~'))}{more}"


def change_head(change: Change) -> Line:
    """Return what a change does, and where."""
    role = CHANGE_ROLES[change.op]
    return (Span(f"{change.op} ", f"{role} bold"), Span(path_text(change.path), role))


def value_lines(change: Change, cells: int = PREVIEW_CHARS, signs: Glyphs = UNICODE) -> tuple[Line, Line]:
    """Return the old and the new value of a change on a line each; where only marks of Markdown differ, with them."""
    old, new = _words(change.old, cells, signs), _words(change.new, cells, signs)
    if plain(old) == plain(new):
        old, new = preview(change.old, cells), preview(change.new, cells)
    return (Span("  - ", CHANGE_ROLES["-"]), *old), (Span("  + ", CHANGE_ROLES["+"]), *new)


def _differing(change: Change) -> list[str]:
    """Return the keys in which the two objects of a change differ; empty where it is no change from one to another."""
    old, new = change.old, change.new
    if not (is_object(old) and is_object(new)):
        return []
    keys = dict.fromkeys([*old, *new])
    return [key for key in keys if key not in old or key not in new or not same(old[key], new[key])]


def twins(changes: Sequence[Change]) -> dict[int, Change]:
    """Return by the `id` of its change each message that was taken out and looks like one that was put in, and that
    one: both as the change from the one to the other."""
    gone: dict[Hashable, list[Change]] = {}
    found: dict[int, Change] = {}
    for change in changes[:_LOOKED_AT]:
        value = change.old if change.op == "-" else change.new
        content = value.get("content") if is_object(value) else None
        if change.op == "~" or not isinstance(content, str) or not is_message(value):
            continue
        look = (change.path[:-1], str(value.get("type")), content)
        if change.op == "-":
            gone.setdefault(look, []).append(change)
        elif others := gone.get(look):
            other = others.pop(0)
            found[id(other)] = found[id(change)] = Change("~", change.path, other.old, value)
    return found


def own(both: Change, value: object, cells: int, signs: Glyphs) -> tuple[Line, bool]:
    """Return what a message has of its own that another looks like (`both`, see `twins`), and whether that is all in
    which they differ; nothing where their words tell them apart: `calls get_weather(city="Rome")`."""
    if plain(_words(both.old, _LONG, signs)) != plain(_words(both.new, _LONG, signs)):
        return (), False
    names = _differing(both)
    # What it calls, and with what, stands in the words: a call's id is not worth their place where another is told.
    told = [name for name in names if name != "tool_calls"] or names
    return _named(value, told, cells), told == names


def _named(value: object, names: Sequence[str], cells: int) -> Line:
    """Some keys of an object with their values."""
    spans: list[Span] = []
    held = as_object(value)
    for name in names[:_NAMED]:
        shown = preview(held[name], cells) if name in held else (Span("missing", "muted"),)
        spans += (Span(", " if spans else "", "muted"), Span(f"{clean(name, 60)} ", "key"), *shown)
    return tuple(span for span in spans if span.text)


def _words(value: object, cells: int, signs: Glyphs) -> Line:
    """A value on one line: a message by who says what, prose without the marks of Markdown."""
    if not (is_object(value) and is_message(value)):
        return told_value(cast("Json", value), cells)
    message = message_of(flat_message(value))
    who = {"human": "you", "": "message"}.get(message.role, message.role)
    told = message_words(message, signs)
    if message.role == "human":
        told = told[1:]
    return (Span(f"{clean(who, 20):<5} ", f"msg-{message.role}" if message.role else "muted"), *told)


class DiffRows(Rows):
    """`Rows` over one diff. A changed value shows its old and new form under its path."""

    def __init__(self) -> None:
        self.diff = Diff()
        self.cells = 80
        self._words = self._unchanged = ""
        self._nothing = ""
        self._shown = 0
        """Counts the diffs: a key that held a change would hold the states that it is of, for as long as it is kept."""
        self._outline: Outline[Change | str] = Outline("")
        self._expanded: dict[OutlineNode[Change | str], list[Line]] = {}
        self._alike: dict[int, Change] | None = None
        """Messages that look alike on both sides, by the `id` of their changes; None: not looked for yet."""

    def show(self, words: str, diff: Diff, *, nothing: str = "Nothing differs.", same: str = "") -> None:
        """Show another diff under `words`, which say what is compared with what.

        `nothing` is said where nothing differs; `same` names what does not where something does.
        """
        self.diff, self._words, self._nothing, self._unchanged = diff, words, nothing, same
        self._shown += 1
        self._alike = None
        self._outline.clear()
        self._expanded.clear()
        cells = max(16, self.cells)
        # Where two rows are needed, a step and its id stay beside each other.
        first, comma, rest = words.partition(", ") if width(words) > cells else (words, "", "")
        for line in (*wrap(first + comma.rstrip(), cells), *(wrap(rest, cells) if rest else ())):
            self._outline.append(None, line)
        if not diff.changes:
            for line in wrap(nothing, max(16, self.cells)):
                self._outline.append(None, line)
        for change in diff.changes:
            self._outline.append(None, change, 3 if change.op == "~" else 1)
        if diff.truncated:
            self._outline.append(None, f"Only the first {plural(len(diff.changes), 'change')} are listed.")
        elif diff.changes and same:
            for line in wrap(f"unchanged: {same}", max(16, self.cells)):
                self._outline.append(None, line)

    def clear(self) -> None:
        self.diff, self._alike = Diff(), None
        self._outline.clear()
        self._expanded.clear()

    def lay_out_anew(self) -> bool:
        if len(self):
            self.show(self._words, self.diff, nothing=self._nothing, same=self._unchanged)
        return True

    def change(self, row: int) -> Change | None:
        item = self._outline.at(row)[0].item
        return item if isinstance(item, Change) else None

    def is_open(self, row: int) -> bool | None:
        """Tell whether a row's change is expanded; None if it is none."""
        node, _ = self._outline.at(row)
        return node in self._expanded if isinstance(node.item, Change) else None

    def toggle(self, row: int) -> int | None:
        """Expand or collapse the change of a row; return the change's first row."""
        node, _ = self._outline.at(row)
        change = node.item
        if not isinstance(change, Change):
            return None
        if node in self._expanded:
            del self._expanded[node]
            self._outline.set_lines(node, 3 if change.op == "~" else 1)
        else:
            self._expanded[node] = self._values(change)
            self._outline.set_lines(node, 1 + len(self._expanded[node]))
        return self._outline.row_of(node)

    def _values(self, change: Change) -> list[Line]:
        out: list[Line] = []
        if change.op != "+":
            out.extend(self._whole("-", change.old))
        if change.op != "-":
            out.extend(self._whole("+", change.new))
        return out

    def _whole(self, op: Op, value: object) -> list[Line]:
        lead = Span(f"  {op} ", CHANGE_ROLES[op])
        value = shortened(cast("Json", value), told_apart=True)
        if isinstance(value, str):
            text = wrap(clean_block(value), max(8, self.cells - 4))
            lines: list[Line] = [(lead, Span(line, CHANGE_ROLES[op])) for line in text[: ROWS_OF_VALUE + 1]]
        else:
            lines = [(lead, *line) for line in islice(pretty(value), ROWS_OF_VALUE + 1)]
        if len(lines) > ROWS_OF_VALUE:
            lines[-1] = (lead, Span(Hint("… show the whole value ({list-open-row})"), "muted"))
        return lines

    # -- rows ---------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._outline)

    def key(self, index: int) -> Hashable:
        node, sub = self._outline.at(index)
        return (self._shown, node.slot, sub, node in self._expanded)

    def line(self, index: int, width: int) -> Line:
        node, sub = self._outline.at(index)
        item = node.item
        if not isinstance(item, Change):
            return (Span(item, "muted"),)
        if sub and node in self._expanded:
            return self._expanded[node][sub - 1]
        if sub:
            return value_lines(item, width, self.signs)[0 if sub == 1 else 1]
        head = change_head(item)
        if item.op == "~" or node in self._expanded:
            return head
        value = item.new if item.op == "+" else item.old
        return (*head, Span("  "), *self._apart(item, value, width), *_words(value, width, self.signs))

    def _apart(self, change: Change, value: object, cells: int) -> Line:
        """What a message has of its own that another looks like which was put in or taken out."""
        if self._alike is None:
            self._alike = twins(self.diff.changes)
        both = self._alike.get(id(change))
        told, is_all = own(both, value, cells, self.signs) if both is not None else ((), False)
        return (*told, Span(", else alike: " if is_all else ": ", "muted")) if told else ()

    def text(self, index: int) -> str:
        return plain(self.line(index, 400))
