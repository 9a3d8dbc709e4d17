"""The chat view: messages of a state merged with those that stream in, tool results beside their calls, as rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Hashable, Iterator, Mapping, Sequence
from itertools import islice
from operator import is_

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.domain.message.content import ContentPart
from studio_tui.domain.message.message import SNAPSHOT, Message, has_id
from studio_tui.present.kit.outline import Outline, OutlineNode
from studio_tui.present.kit.rows import Held, Rows
from studio_tui.present.messages.block import MessageBlock
from studio_tui.present.messages.entry import ChatEntry, Pending
from studio_tui.text.spans import Line, plain

AT_ONCE = 200
"""Entries at the end of a conversation that are laid out at once."""
CHARS_AT_ONCE = 24 * 1024
"""Characters of their texts, which are drawn: a few hundredths of a second."""

_Shown = tuple[str, Message, Message | None]
"""Key, message to show, and what streaming told of it."""


class Told(Struct, frozen=True):
    """What is known of messages beside what they say."""

    before: Mapping[str, Message] = {}
    """By id what earlier runs told of messages that the state holds: node, speed, model."""
    pending: Pending = Pending.LOST
    """What calls of the run are that have no result."""
    seconds: Callable[[Message], float | None] = lambda _message: None
    """How long the task took that wrote a tool's message, where that is known."""


NOTHING_TOLD = Told()


class Conversation:
    """What to show of a state's messages and of those that stream; merged again only when another message came, began
    or ended, so that tokens cost what they change."""

    def __init__(self) -> None:
        self.entries: list[ChatEntry] = []
        """What to show, in order: the same list as long as only the messages at `growing` grow."""
        self.growing: list[int] = []
        """Where the entries are whose message or tool results still stream."""
        self._lists: tuple[object, ...] = ()
        self._items: list[Message] = []
        self._facts: list[object] = []

    def update(
        self,
        saved: Sequence[Message],
        streamed: Mapping[str, Message],
        elsewhere: Sequence[Message] = (),
        *,
        inherited: Collection[str] = (),
        over: bool = False,
        told: Told = NOTHING_TOLD,
    ) -> None:
        """Show these messages (see `merge`). Lists that are given again must hold what they held."""
        lists = (Held(saved), Held(elsewhere), over, len(inherited), told.pending, Held(told.before))
        items = list(streamed.values())
        facts: list[object] = [*streamed, *map(_facts, items)]
        facts += [told.seconds(item) for item in items if item.role == "tool"]
        if lists == self._lists and facts == self._facts and all(map(is_, items, self._items)):
            return
        self._lists, self._items, self._facts = lists, items, facts
        self.entries = merge(saved, streamed, elsewhere, inherited=inherited, over=over, told=told)
        self.growing = [place for place, entry in enumerate(self.entries) if _is_growing(entry)]


def _facts(message: Message) -> tuple[object, ...]:
    """What of a streamed message decides where it is shown; the words of one that grows do not."""
    if message.streaming:
        return (message.id, message.role, message.tool_call_id, tuple(call.id for call in message.tool_calls))
    return (message.id, message.rev, message.chunk_count, message.in_checkpoint)


def _is_growing(entry: ChatEntry) -> bool:
    return entry.message.streaming or any(result.streaming for result in entry.results)


def merge(
    saved: Sequence[Message],
    streamed: Mapping[str, Message],
    elsewhere: Sequence[Message] = (),
    *,
    inherited: Container[str] = (),
    over: bool = False,
    told: Told = NOTHING_TOLD,
) -> list[ChatEntry]:
    """Return what to show, in order: the saved messages, then those that only streamed.

    A message that still streams is shown as it streams; a tool result joins the message that called for it. Streamed
    messages that stand in another list of the state (`elsewhere`) belong there; one that has ended without any content
    (some models close with such a chunk) is none. Graphs may keep messages without ids: those of a streamed state are
    the saved ones, which are as new, and others count as saved when one says the same. Nodes may also keep what their
    model streamed under an id of their own: such a copy, which is new in the run (not `inherited`) and came whole (but
    for a chunk that some models begin with), stands for what streamed. Once the run is `over`, the rest is marked.
    """
    shown = [_saved(place, message, streamed, told.before) for place, message in enumerate(saved)]
    copies = _copies((*saved, *elsewhere), streamed, inherited)
    for key, item in _unsaved(saved, streamed, elsewhere):
        if item.chunk_count and not item.streaming and has_id(item) and (places := copies.get(_words(item))):
            if (place := places.pop(0)) < len(saved):
                shown[place] = (*shown[place][:2], item)
            continue
        shown.append((key, item, item))
    kept = sum(message.role != "remove" for message in saved) if over else len(shown)
    entries = _paired([item for item in shown if item[1].role != "remove"], kept, told)
    if told.pending is Pending.LOST:
        return entries
    own = {key for key in streamed if key not in inherited} | {entries[-1].key if entries else ""}
    return [
        replace(entry, pending=told.pending) if entry.message.tool_calls and entry.key in own else entry
        for entry in entries
    ]


def _saved(place: int, message: Message, streamed: Mapping[str, Message], before: Mapping[str, Message]) -> _Shown:
    if not message.id:
        return (f"#{place}", message, None)
    live = streamed.get(message.id)
    if live is not None and live.streaming:
        return (message.id, live, live)
    known = before.get(message.id)
    return (message.id, message, known if known is not None and (live is None or not live.chunk_count) else live)


def _copies(
    known: Sequence[Message], streamed: Mapping[str, Message], inherited: Container[str]
) -> dict[tuple[Hashable, ...], list[int]]:
    """Return the places of the messages that nodes may have kept instead of what streamed, by what they say."""
    found: dict[tuple[Hashable, ...], list[int]] = {}
    for place, message in enumerate(known):
        live = streamed.get(message.id) if message.id else None
        if live is not None and live.chunk_count <= 1 and not live.streaming and message.id not in inherited:
            found.setdefault(_words(message), []).append(place)
    return found


def _unsaved(
    saved: Sequence[Message], streamed: Mapping[str, Message], elsewhere: Sequence[Message]
) -> Iterator[tuple[str, Message]]:
    """Yield the streamed messages that no list of the state holds, with their keys."""
    known = {message.id for message in (*saved, *elsewhere) if message.id}
    saved_words: set[tuple[Hashable, ...]] | None = None
    for key, item in streamed.items():
        if key in known or item.id in known or _is_blank(item):
            continue
        if not item.streaming and saved and not has_id(item):
            saved_words = saved_words if saved_words is not None else {_words(message) for message in saved}
            if key.startswith(SNAPSHOT) or _words(item) in saved_words:
                continue
        yield key, item


def _words(message: Message) -> tuple[Hashable, ...]:
    """What a message says: two without ids that say the same are taken for one."""
    calls = tuple((call.id, call.name, call.arguments) for call in message.tool_calls)
    return (message.role, message.text, calls, message.tool_call_id)


def _is_blank(message: Message) -> bool:
    """Whether a streamed message has ended and says nothing at all."""
    return not (
        message.streaming or message.tool_calls or message.parts or message.text or message.thinking or message.extras
    )


def _paired(shown: Sequence[_Shown], kept: int, told: Told) -> list[ChatEntry]:
    """Put tool results into the messages that called for them; from place `kept` on no state holds the messages."""
    callers: dict[str, int] = {}
    results: dict[int, list[Message]] = {}
    seconds: dict[int, list[tuple[str, float]]] = {}
    own: list[int] = []
    for position, (_, message, live) in enumerate(shown):
        caller = callers.get(message.tool_call_id) if message.role == "tool" and message.tool_call_id else None
        if caller is not None:
            results.setdefault(caller, []).append(message)
            took = told.seconds(live or message)
            if took is not None:
                seconds.setdefault(caller, []).append((message.id, took))
            continue
        own.append(position)
        callers.update((call.id, position) for call in message.tool_calls if call.id)
    return [
        ChatEntry(*shown[at], tuple(results.get(at, ())), at >= kept, seconds=tuple(seconds.get(at, ()))) for at in own
    ]


def _end_of(entries: Sequence[ChatEntry]) -> int:
    """Return where the end of a conversation begins that is laid out at once."""
    place, chars = len(entries), 0
    while place > 0 and len(entries) - place < AT_ONCE and chars < CHARS_AT_ONCE:
        place -= 1
        chars += len(entries[place].message.text)
    return place


class MessageRows(Rows):
    """`Rows` over a conversation. Only blocks whose message changed are laid out again.

    Of a long conversation only the end is laid out, and what is before it when somebody comes near (`lay_out_older`).
    """

    def __init__(self) -> None:
        self.cells = 80
        self.source = False
        """Texts are shown as they were sent."""
        self._outline: Outline[MessageBlock | None] = Outline(None)
        self._nodes: dict[str, OutlineNode[MessageBlock | None]] = {}
        self._unfolded: set[tuple[str, str]] = set()
        self.entries: Sequence[ChatEntry] = []
        """All that is shown, whether it is laid out or not."""
        self._count = 0
        self.older = 0
        """How many of the first entries are not laid out."""
        self._laid_out: list[MessageBlock] = []
        """Blocks of older entries, the last one first, that are not among the rows yet."""

    def follow(self, conversation: Conversation) -> None:
        """Show a conversation as it is now; where only tokens came, only growing messages are looked at."""
        if conversation.entries is not self.entries:
            self.update(conversation.entries)
            return
        nodes = self._outline.root.children
        for place in conversation.growing:
            if place >= self.older:
                self._refresh(nodes[place - self.older], self.entries[place])

    def update(self, entries: Sequence[ChatEntry]) -> None:
        """Show these entries; blocks that begin the list as before are kept and brought up to date."""
        nodes = self._outline.root.children
        first = nodes[0].item if nodes else None
        if first is None or self.older >= len(entries) or entries[self.older].key != first.entry.key:
            self.older = _end_of(entries)
        self.entries = entries
        self._count = len(entries) + sum(len(entry.results) for entry in entries)
        self._laid_out.clear()
        kept = 0
        for node, entry in zip(nodes, islice(entries, self.older, None), strict=False):
            if node.item is None or node.item.entry.key != entry.key:
                break
            self._refresh(node, entry)
            kept += 1
        if kept < len(nodes):
            self._outline.cut(None, kept)
            self._nodes = {node.item.entry.key: node for node in self._outline.root.children if node.item}
        self._add(self.older + kept)

    def _refresh(self, node: OutlineNode[MessageBlock | None], entry: ChatEntry) -> None:
        if node.item is not None and node.item.update(entry):
            self._outline.set_lines(node, len(node.item))

    def _add(self, start: int) -> None:
        """Lay out the entries from place `start` on."""
        for place in range(start, len(self.entries)):
            block = self._block(place)
            self._nodes[block.entry.key] = self._outline.append(None, block, len(block))

    def _block(self, place: int) -> MessageBlock:
        return MessageBlock(
            self.entries[place], self.cells, self.signs, self._unfolded, first=place == 0, source=self.source
        )

    def lay_out_older(self, wanted: int, go_on: Callable[[], bool]) -> bool:
        """Lay out entries before the first rows as long as `go_on` says; return whether `wanted`, or all, are ready.

        They are put before the rows by `put_older`.
        """
        wanted = min(wanted, self.older)
        while len(self._laid_out) < wanted:
            self._laid_out.append(self._block(self.older - 1 - len(self._laid_out)))
            if not go_on():
                break
        return len(self._laid_out) >= wanted

    def put_older(self) -> None:
        """Put what was laid out before the rows: all of those are others now."""
        self.older -= len(self._laid_out)
        nodes = self._outline.put_first((block, len(block)) for block in reversed(self._laid_out))
        self._nodes = {node.item.entry.key: node for node in nodes if node.item} | self._nodes
        self._laid_out.clear()

    def lay_out_anew(self) -> bool:
        self._outline.clear()
        self._nodes.clear()
        self._laid_out.clear()
        self._add(self.older)
        return True

    @property
    def count(self) -> int:
        """Messages shown, with the tool results inside others: as many as the state has of those that it holds."""
        return self._count

    def entry(self, row: int) -> ChatEntry | None:
        block = self._outline.at(row)[0].item
        return block.entry if block else None

    def content(self, row: int) -> ContentPart | None:
        """Return the content block that a row names, where it is no text."""
        node, index = self._outline.at(row)
        return node.item.part_at(index)[0].content if node.item else None

    def toggle(self, row: int) -> bool:
        """Fold or unfold what a row belongs to: thinking, a tool call, a long result. False: it cannot be."""
        node, index = self._outline.at(row)
        block = node.item
        if block is None:
            return False
        part, _ = block.part_at(index)
        if not part.foldable:
            return False
        self._unfolded ^= {(block.entry.key, part.name)}
        block.update(block.entry, again=True)
        self._outline.set_lines(node, len(block))
        return True

    def is_open(self, row: int) -> bool | None:
        """Tell whether what a row belongs to is unfolded; None if it cannot be folded."""
        node, index = self._outline.at(row)
        part = node.item.part_at(index)[0] if node.item else None
        if node.item is None or part is None or not part.foldable:
            return None
        return (node.item.entry.key, part.name) in self._unfolded

    def opens(self, row: int) -> bool:
        return self.content(row) is not None or self.is_open(row) is not None

    def belongs(self, row: int, other: int) -> bool:
        """Return whether two rows are of one message; the blank one before it is not."""
        node, index = self._outline.at(row)
        return node is self._outline.at(other)[0] and (node.item is None or node.item.part_at(index)[0].name != "gap")

    def joint(self, row: int) -> str:
        """Return what stands between the text of the row before and that of this one."""
        node, index = self._outline.at(row)
        return node.item.joint(index) if node.item and index else "\n"

    def margin(self, row: int) -> int:
        """Return how many cells of a row come before its text."""
        node, index = self._outline.at(row)
        return node.item.margin(index) if node.item else 0

    def end(self, row: int) -> int | None:
        """Return the cell where the text of a row ends, where something else stands at its right end."""
        node, index = self._outline.at(row)
        return node.item.end(index) if node.item else None

    def anchor(self, row: int) -> Hashable:
        """Return message and row in it: what stays when other rows come and go."""
        node, index = self._outline.at(row)
        return (node.item.entry.key if node.item else "", index)

    def row_of(self, anchor: Hashable) -> int | None:
        """Return the row of an anchor now, or None if its message is gone."""
        key, index = anchor if isinstance(anchor, tuple) else ("", 0)
        node = self._nodes.get(key)
        return None if node is None else self._outline.row_of(node) + min(index, node.lines - 1)

    # -- rows ---------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._outline)

    def key(self, index: int) -> Hashable:
        """Return the row itself: short enough, and equal rows look equal."""
        return self.line(index, self.cells)

    def line(self, index: int, width: int) -> Line:
        node, row = self._outline.at(index)
        return node.item.line(row, width) if node.item else ()

    def text(self, index: int) -> str:
        return plain(self.line(index, self.cells)).strip()
