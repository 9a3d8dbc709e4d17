"""Panel 5: the conversation of the selected checkpoint, and what streams in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from time import perf_counter
from typing import ClassVar

from textual.timer import Timer

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.form.schema import chat_key
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.message.content import ContentPart
from studio_tui.domain.message.extras import KWARGS, OTHERS, SAFETY, STOPPED
from studio_tui.domain.message.message import Message
from studio_tui.domain.run import RunState
from studio_tui.jsonkit.value import Json
from studio_tui.present.messages.conversation import AT_ONCE, Conversation, MessageRows
from studio_tui.present.messages.earlier_runs import Answers, EarlierRuns
from studio_tui.present.messages.saved import SavedMessages, longest_list, read_last_messages, read_messages
from studio_tui.present.timetravel.state import streamed_values
from studio_tui.text.fmt import count, plural
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.intents import ContentWanted, DetailWanted
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.screens.first_steps import other_graphs, written_first

DEFAULT_KEY = "messages"
READ_AT_ONCE = 1000
"""Messages that are read at once; more are read in a thread, the last ones before."""
SLICE_SECONDS = 0.006
"""Laying out without a break: a key or a paint waits no longer."""
PAUSE_SECONDS = 0.004
"""Between two slices, for keys and paints."""
_OPENS = {STOPPED: "reason", SAFETY: "verdict", KWARGS: "fields", OTHERS: "fields"}
"""What enter shows, where the kind of the part is no noun."""
_UNREAD: object = object()
"""In place of the state that was read: none is one too."""


class MessagesPanel(LineView):
    """Chat view of a list of messages in the state."""

    IS_TEXT: ClassVar[bool] = True

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.MESSAGES, Slice.STATE, Slice.RUN, Slice.THREADS})
    FOLLOWS: ClassVar[bool] = True
    HIDES: ClassVar[bool] = False
    NOUN: ClassVar[tuple[str, str]] = ("line", "lines")

    def __init__(self, *, id: str | None = None) -> None:
        self._messages = MessageRows()
        self._conversation = Conversation()
        super().__init__(self._messages, id=id)
        self._wanted_key = ""
        """The key that the user chose; empty takes the usual one."""
        self._read = SavedMessages()
        """The messages of the state, or its last ones while all are read."""
        self._source: object = _UNREAD
        """What they are read from."""
        self._changes = 0
        """How often they were those of another state, or of another list."""
        self._reading = False
        self._laying: Timer | None = None
        self._wish: Callable[[], None] | None = None
        """What the user asked for that needs all messages laid out."""
        self._prepared = False
        """What draws markdown is being imported: the first message that ends waits for nothing."""
        self._earlier = EarlierRuns()
        self._answers = Answers()
        self._seen: tuple[ThreadId | None, RunState | None, int] = (None, None, 0)
        """Thread, run, and how many of its messages were shown."""
        self._schemas: tuple[Schemas | None, bool] = (None, True)
        """Those that were looked at, and whether their input has messages."""
        self._app_state: AppState | None = None
        self._drawn_thread: ThreadId | None = None

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - revisions tell what changed
        if app_state.thread_id != self._drawn_thread:
            self.port.to_end()  # of another conversation the end is looked at, and nothing of it is new
        self._app_state, self._drawn_thread = app_state, app_state.thread_id
        self.following = type(self).following if app_state.cursor is None else ""
        self._read_state(app_state)
        self._merge(self._conversation, self._read, app_state)
        if self._conversation.growing and not self._prepared:
            self._prepared = True
            beside(self, partial(asyncio.to_thread, _prepare), "preparing Markdown", group="prepare")
        with self.keeping_place():
            self._messages.follow(self._conversation)
        self._seen = (app_state.thread_id, self._run, self._answers.count(self._run))
        if self.port.top < self.port.height:
            self.near_start()

    @property
    def _run(self) -> RunState | None:
        """The run that tells of messages beside the state."""
        app_state = self._app_state
        return app_state.head_run if app_state is not None and app_state.cursor is None else None

    def _merge(self, conversation: Conversation, read: SavedMessages, app_state: AppState) -> None:
        run = self._run
        streamed = _told_of(run, read) if run is not None else {}
        inherited = run.ledger.inherited if run is not None else ()
        over = run is not None and run.reconciled and not run.phase.is_live
        told = self._earlier.told(app_state.runs, run, app_state.state if run is None else None)
        conversation.update(read.messages, streamed, read.elsewhere, inherited=inherited, over=over, told=told)

    def let_go(self, app_state: AppState) -> None:
        if self._drawn_thread != app_state.thread_id and self._source is not _UNREAD:
            self._source, self._wish = _UNREAD, None
            self._changes += 1
            self._read, self._conversation = SavedMessages(), Conversation()
            with self.keeping_place():
                self._messages.follow(self._conversation)

    def next_view(self) -> None:
        """Show the next list of messages; after the last one, texts as they were sent, or drawn again."""
        keys = self._read.keys
        place = keys.index(self._read.key) + 1 if keys else 0
        if place < len(keys):
            self._wanted_key, self._source = keys[place], _UNREAD
        else:
            with self.keeping_place() as change:
                change.arrived, change.start = False, 0
                self._messages.source = not self._messages.source
                self._messages.lay_out_anew()
            if len(keys) > 1:
                self._wanted_key, self._source = keys[0], _UNREAD
        if self._app_state is not None:
            self.draw(self._app_state, self.slices)

    def unread(self, app_state: AppState) -> int:
        """Return how many messages of the newest run came since the panel was drawn; it costs next to nothing."""
        run = app_state.head_run
        if run is None or run.from_history:
            return 0
        thread, seen, count_ = self._seen
        before = count_ if seen is run and thread == app_state.thread_id else 0
        return max(0, self._answers.count(run) - before)

    def empty_text(self) -> str:
        app_state = self._app_state
        run = self._run
        if app_state is not None and app_state.state is not None and app_state.state.values:
            if app_state.cursor is not None and self._chats(app_state.schemas):
                return "No messages yet at this step."
            return "This state holds no list of messages. Its values are in panel 4."
        if run is not None and run.phase.is_live:
            return "The run has told no message yet."
        if app_state is not None and app_state.state_problem:
            return app_state.state_problem
        if app_state is not None and not self._chats(app_state.schemas):
            form = "No messages yet. The input of this graph is a form; what its nodes say appears here."
            return form + other_graphs(self)
        return written_first(self, "No messages yet.") + other_graphs(self)

    def _chats(self, schemas: Schemas | None) -> bool:
        """Whether messages are what the graph is run with, as far as that is known."""
        if schemas is not self._schemas[0]:
            self._schemas = (schemas, schemas is None or schemas.input is None or chat_key(schemas.input) is not None)
        return self._schemas[1]

    def summary(self) -> str:
        read = self._read
        text, key = plural(self._messages.count, "message"), clean(read.key[:30])
        if read.before:
            text = f"{text}, {count(read.before)} items before them are being read"
        elif self._wish is not None:
            text = f"going through {text}"
        content = self.content_part
        if content is not None:
            opens = with_keys(self, "{list-open-row}: the ")
            text = f"{opens}{_OPENS.get(content.kind) or clean(content.kind[:20])} · {text}"
        if len(read.keys) > 1:
            return f"{text} · {key}, list {read.keys.index(read.key) + 1} of {len(read.keys)}"
        return text if key == DEFAULT_KEY else f"{text} · {key}"

    def border_parts(self) -> Iterator[str]:
        if self._messages.source and len(self.rows):
            yield "source"
        self._filter.counts = not (self._messages.older or self._read.before)
        yield from super().border_parts()

    @property
    def content_part(self) -> ContentPart | None:
        """The content block that the row under the cursor names; None for a row of words."""
        row = self.row
        return self._messages.content(row) if row is not None and row < len(self._messages) else None

    def open_row(self, row: int) -> None:
        """Show the content block that the row names, or the whole message as the server holds it."""
        entry, content = self._messages.entry(row), self._messages.content(row)
        if entry is not None and content is not None:
            self.post_message(ContentWanted(content, self._title(entry.message)))
        elif self._messages.is_open(row) is not None:
            self.toggle_row(row)
        elif entry is not None:
            value: Json = entry.message.raw or entry.message.text
            if entry.results:
                value = [value, *(result.raw or result.text for result in entry.results)]
            self.post_message(DetailWanted(self._title(entry.message), value))

    def _title(self, message: Message) -> str:
        """Return what a page calls a message (raw): its place in the state, if it has one, and whose it is."""
        read, who = self._read, "you" if message.role == "human" else message.role
        place = next((index for index, item in enumerate(read.messages, read.before + 1) if item is message), 0)
        total = read.before + len(read.messages)
        return " · ".join(filter(None, (f"message {place} of {total}" if place else "message", who)))

    def open_content(self) -> None:
        if self.row is not None and self.content_part is not None:
            self.open_row(self.row)

    def toggle_row(self, row: int) -> None:
        """Fold or unfold what the row belongs to; where that is nothing, nothing happens."""
        self.port.follow = False
        with self.keeping_place() as change:
            change.arrived = False
            self._messages.toggle(row)

    def yank(self) -> tuple[str, str] | None:
        entry = None if self.row is None else self._messages.entry(self.row)
        return None if entry is None else (entry.message.text, f"{entry.message.role or 'the'} message")

    def selected_path(self) -> tuple[str, int] | None:
        """Return the place in the values of the message under the cursor, by key and index; None if it has none."""
        entry = None if self.row is None else self._messages.entry(self.row)
        for index, message in enumerate(self._read.messages):
            if entry is not None and message.id and message.id == entry.message.id:
                return self._read.key, self._read.before + index
        return None

    # -- what is laid out ---------------------------------------------------------------------------------------

    def near_start(self) -> None:
        """Lay out older messages in the time between keys and paints."""
        if self._messages.older and self._laying is None:
            self._laying = self.set_timer(PAUSE_SECONDS, self._lay_out)

    def _lay_out(self) -> None:
        self._laying = None
        deadline = perf_counter() + SLICE_SECONDS
        # The first of the rows are soon reached; on the way to all each turn takes more, as it moves all that is there.
        wanted = max(AT_ONCE, len(self._messages.entries) - self._messages.older if self._wish is not None else 0)
        if not self._messages.lay_out_older(wanted, lambda: perf_counter() < deadline):
            self.near_start()
            return
        with self.keeping_place() as change:
            change.arrived = False
            self._messages.put_older()
        wish = self._wish
        if self._messages.older and (wish is not None or self.port.top < self.port.height):
            self.near_start()
        elif wish is not None:
            self._wish = None
            wish()

    def row_moved(self, row: int | None) -> None:  # noqa: ARG002 - wherever to
        self._wish = None  # who moves on does not wait for it any more

    def action_first_row(self) -> None:
        super().action_first_row()
        if self._messages.older or self._read.before:
            self._want(super().action_first_row)

    def _seek_match(self, start: int, step: int) -> None:
        if not (self._messages.older or self._read.before):
            super()._seek_match(start, step)
            return
        self._filter.missed = False
        row = min(max(start, 0), max(0, len(self.rows) - 1))
        anchor = self.rows.anchor(row) if len(self.rows) else None

        def seek() -> None:
            now = self.rows.row_of(anchor)
            super(MessagesPanel, self)._seek_match((now or 0) + start - row, step)
            self._tell_missed()

        self._want(seek)

    def _want(self, wish: Callable[[], None]) -> None:
        """Do what needs all messages as soon as all are read and laid out."""
        if not (self._messages.older or self._read.before):
            self._wish = None
            wish()
            return
        self._wish = wish
        self.near_start()
        self._refresh_rows()

    # -- what is read -------------------------------------------------------------------------------------------

    def _read_state(self, app_state: AppState) -> None:
        """Read the messages of the state again if it is another one; the same messages stay the same objects."""
        live = streamed_values(app_state)
        state = None if app_state.shows_stateless else app_state.state
        source: object = live if live is not None else state
        if source is self._source:
            return
        self._source = source
        self._changes += 1
        if live is None:
            self._wish = None  # it was about another state
        values = live.value() if live is not None else state.values if state else None
        if longest_list(values) <= READ_AT_ONCE:
            self._read = read_messages(values, self._wanted_key, self._read.messages)
            return
        if live is None or not self._read.messages:
            self._read = read_last_messages(values, self._wanted_key, AT_ONCE)
        if not self._reading:
            self._reading = True
            self._read_in_thread(values)

    def _read_in_thread(self, values: Json) -> None:
        """Read many messages, and put them in order, while keys and paints get their turn."""
        wanted, changes = self._wanted_key, self._changes
        given = [(values, self._read.messages)]  # taken out: a worker that is done holds what it knows

        def work() -> tuple[SavedMessages, Conversation]:
            values, known = given.pop()
            found, conversation = read_messages(values, wanted, known), Conversation()
            run = self._run
            if self._app_state is not None and (run is None or not run.phase.is_live):
                self._merge(conversation, found, self._app_state)
            return found, conversation

        async def read() -> None:
            try:
                found = await asyncio.to_thread(work)
            finally:
                self._reading = False
            if changes == self._changes:
                self._read, self._conversation = found
            else:
                self._source = _UNREAD  # another state, or another list, is shown by now
            if self._app_state is not None:
                self.draw(self._app_state, self.slices)
            if self._wish is not None:
                self._want(self._wish)

        beside(self, read, "reading the messages", group="read")


def _told_of(run: RunState, read: SavedMessages) -> Mapping[str, Message]:
    """Return the messages that a run streamed; of one that was not streamed here who wrote those of the state."""
    if not run.from_history:
        return run.messages
    if run is not read.run:
        from studio_tui.core.runstate.past_runs import written_by

        written = written_by(run)
        saved = {item.id for item in (*read.messages, *read.elsewhere)} if written else ()
        read.written = {key: message for key, message in written.items() if key in saved}
        read.run = run
    return read.written


def _prepare() -> None:
    import studio_tui.present.kit.markdown.rows  # noqa: F401 - off the loop, while words stream in
