"""Panel 5: the conversation of the selected checkpoint, and what streams in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.message.content import ContentPart
from studio_tui.domain.message.extras import KWARGS, OTHERS, SAFETY, STOPPED
from studio_tui.domain.message.message import Message
from studio_tui.domain.message.read import message_keys, messages_in
from studio_tui.domain.run import RunState
from studio_tui.jsonkit.value import Json
from studio_tui.present.messages.conversation import Conversation, MessageRows
from studio_tui.present.timetravel.state import streamed_values
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.intents import ContentWanted, DetailWanted
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.lists.line_view import LineView

DEFAULT_KEY = "messages"
_OPENS = {STOPPED: "reason", SAFETY: "verdict", KWARGS: "fields", OTHERS: "fields"}
"""What enter shows, where the kind of the part is no noun."""


class MessagesPanel(LineView):
    """Chat view of a list of messages in the state."""

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
        self._keys: list[str] = []
        self._source: object = None
        """What `_saved` was read from."""
        self._saved: list[Message] = []
        self._elsewhere: list[Message] = []
        """The messages in the other lists of the state."""
        self._past: RunState | None = None
        self._written: dict[str, Message] = {}
        """Who wrote the messages of `_written_in`, as far as tasks of that past run did."""
        self._written_in: list[Message] = []
        self._app_state: AppState | None = None

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - revisions tell what changed
        self._app_state = app_state
        self._read_state(app_state)
        run = app_state.head_run if app_state.cursor is None else None
        streamed = self._told_of(run) if run is not None else {}
        inherited = run.ledger.inherited if run is not None else ()
        over = run is not None and run.reconciled and not run.phase.is_live
        self._conversation.update(self._saved, streamed, self._elsewhere, inherited=inherited, over=over)
        with self.keeping_place():
            self._messages.follow(self._conversation)

    def next_view(self) -> None:
        if self._keys:
            self._wanted_key = self._keys[(self._keys.index(self._key()) + 1) % len(self._keys)]
            self._source = None
            if self._app_state is not None:
                self.draw(self._app_state, self.slices)

    def empty_text(self) -> str:
        if self._app_state is not None and self._app_state.state is not None and self._app_state.state.values:
            return "This state holds no list of messages. Its values are in panel 4."
        if self._app_state is not None and self._app_state.state_problem:
            return self._app_state.state_problem
        return with_keys(self, "No messages yet. Type in the composer ({input}) and press enter.")

    def summary(self) -> str:
        text, key = plural(self._messages.count, "message"), clean(self._key()[:30])
        content = self.content_part
        if content is not None:
            opens = with_keys(self, "{list-open-row}: the ")
            text = f"{opens}{_OPENS.get(content.kind) or clean(content.kind[:20])} · {text}"
        if len(self._keys) > 1:
            return f"{text} · {key}, list {self._keys.index(self._key()) + 1} of {len(self._keys)}"
        return text if key == DEFAULT_KEY else f"{text} · {key}"

    @property
    def content_part(self) -> ContentPart | None:
        """The content block that the row under the cursor names; None for a row of words."""
        row = self.row
        return self._messages.content(row) if row is not None and row < len(self._messages) else None

    def open_row(self, row: int) -> None:
        """Show the content block that the row names, or the whole message as the server holds it."""
        entry, content = self._messages.entry(row), self._messages.content(row)
        if entry is not None and content is not None:
            self.post_message(ContentWanted(content, _name(entry.message)))
        elif entry is not None:
            value: Json = entry.message.raw or entry.message.text
            if entry.results:
                value = [value, *(result.raw or result.text for result in entry.results)]
            self.post_message(DetailWanted(_name(entry.message), value))

    def open_content(self) -> None:
        if self.row is not None and self.content_part is not None:
            self.open_row(self.row)

    def toggle_row(self, row: int) -> None:
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
        for index, message in enumerate(self._saved):
            if entry is not None and message.id and message.id == entry.message.id:
                return self._key(), index
        return None

    def _told_of(self, run: RunState) -> Mapping[str, Message]:
        """Return the messages that a run streamed; of one that was not streamed here who wrote those of the state."""
        if not run.from_history:
            return run.messages
        if run is not self._past or self._saved is not self._written_in:
            from studio_tui.core.runstate.past_runs import written_by

            written = written_by(run)
            saved = {item.id for item in (*self._saved, *self._elsewhere)} if written else ()
            self._written = {key: message for key, message in written.items() if key in saved}
            self._past, self._written_in = run, self._saved
        return self._written

    def _key(self) -> str:
        if self._wanted_key in self._keys:
            return self._wanted_key
        return DEFAULT_KEY if DEFAULT_KEY in self._keys or not self._keys else self._keys[0]

    def _read_state(self, app_state: AppState) -> None:
        """Read the messages of the state again if it is another one; the same messages stay the same objects."""
        live = streamed_values(app_state)
        state = None if app_state.shows_stateless else app_state.state
        source: object = live if live is not None else state
        if source is self._source and source is not None:
            return
        self._source = source
        values = live.value() if live is not None else state.values if state else None
        self._keys = message_keys(values)
        self._elsewhere = [item for key in self._keys if key != self._key() for item in messages_in(values, key)]
        before = self._saved
        self._saved = messages_in(values, self._key())
        for position, (old, new) in enumerate(zip(before, self._saved, strict=False)):
            if old == new:
                self._saved[position] = old


def _name(message: Message) -> str:
    return f"{message.role or 'message'} {message.id}".strip()
