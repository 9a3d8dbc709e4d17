"""The inbox (`I`): every thread of this server that waits; enter opens one at its questions, y and n answer at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.message import Message

from studio_tui.core.interrupts.answer_sheet import PreparedAnswer, entries_for
from studio_tui.core.interrupts.answers import Inbox, InboxItem
from studio_tui.core.resources.in_sight import InSight
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.interrupts.answer_shape import ACTS, Act
from studio_tui.domain.run_request import Unset
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import Json
from studio_tui.present.interrupts.answer_lines import again_line
from studio_tui.present.interrupts.inbox import AskedRows, InboxRows
from studio_tui.text.fmt import short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.command import READONLY, Command, bindings
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.interrupts.commands import ANSWER_COMMANDS, ANSWERS, INBOX, INBOX_LIST
from studio_tui.ui.kit.key_line import KeyHint, key_rows
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_title
from studio_tui.ui.kit.twice import Twice, too_quick
from studio_tui.ui.screens.commands import SEARCH
from studio_tui.ui.screens.resource import ResourceScreen

DECIDING = ANSWERS[:2]
LEAST = 5
"""Rows of the list above the question at least, its borders among them."""
SIDE_BY_SIDE = 100
"""Cells from which on the question stands beside the list instead of below it."""


class InboxView(ResourceTable[InboxItem]):
    """The list of interrupted threads."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(INBOX_LIST)
    NOUN: ClassVar[tuple[str, str]] = ("thread waits", "threads wait")
    WHAT: ClassVar[str] = "threads that wait"
    SOURCE: ClassVar[str] = "list"
    EMPTY: ClassVar[str] = "No thread of this server waits for an answer."
    COPIES: ClassVar[str] = "thread id"
    MORE_LABEL: ClassVar[str] = "reading the inbox"

    class Picked(Message):
        """The cursor stands on another thread."""

    names_wanted: Callable[[], None] = staticmethod(lambda: None)
    """Called when rows came into sight of which only the list is known."""

    def unnamed(self) -> list[InboxItem]:
        """Return the threads in sight whose states have not been read for the names of the nodes that ask."""
        seen = (self.table.items[row] for row in self.rows_in_sight())
        return [item for item in seen if not item.looked]

    _picked: ThreadId | None = None
    """The thread that the screen was last told of."""

    def _refresh_rows(self) -> None:
        super()._refresh_rows()
        # A search puts the cursor on another thread as well: its question is the one that keys answer.
        now = self.current.thread.thread_id if self.current is not None else None
        if now != self._picked:
            self._picked = now
            self.post_message(self.Picked())
        if self.unnamed():
            self.names_wanted()


class AskedView(LineView):
    """What the thread under the cursor asks, whole; scrolled when it has the focus."""

    IS_TEXT: ClassVar[bool] = True

    NOUN: ClassVar[tuple[str, str]] = ("line", "lines")

    def summary(self) -> str:
        return ""

    def empty_text(self) -> str:
        return ""


class InboxScreen(ResourceScreen):
    """Threads whose graphs wait for somebody, and beside them what the one under the cursor asks."""

    DEFAULT_CSS = """
    InboxScreen #inbox-parts { height: 1fr; layout: vertical; }
    InboxScreen #inbox { height: 2fr; }
    InboxScreen #inbox-asked { height: 3fr; width: 1fr; }
    InboxScreen #inbox-answers { height: 3; width: 1fr; padding: 0 2; }
    InboxScreen.-wide #inbox-parts { layout: horizontal; }
    InboxScreen.-wide #inbox { height: 1fr; width: 3fr; }
    InboxScreen.-wide #inbox-asked { height: 1fr; width: 2fr; }
    """

    KEYS: ClassVar[tuple[Command, ...]] = (
        *(replace(command, short=command.title, needs_row=True) for command in DECIDING),
        *INBOX_LIST,
        SEARCH,
        *INBOX,
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(DECIDING, {command.id: f"decide('{command.id}')" for command in DECIDING}),
        *bindings(INBOX),
    ]
    LINES_ABOVE: ClassVar[int] = 0
    heading = "Inbox · threads that wait"
    _list_rows: int | None = None
    """Rows of the list above the question; None: what the style sheet says."""

    def body(self) -> ComposeResult:
        self.asked_rows = AskedRows()
        self.asked = AskedView(self.asked_rows, id="inbox-questions")
        self.asked.add_class("over-list")
        self.answers = PlainStatic("", id="inbox-answers")
        with Container(id="inbox-parts"):
            yield from super().body()
            with Vertical(id="inbox-asked"):
                yield self.asked
                yield self.answers

    def view(self) -> LineView:
        self._twice = Twice(self._asked)
        self.inbox = Inbox(self.services.studio.interrupts)
        self.table = self.follow(InboxView(InboxRows(), self.inbox, id="inbox"))
        # The list does not say which node asks: the states of the rows in sight are read, one after the other.
        self.table.names_wanted = InSight(self._name_next, self.start, settle=0).wanted
        return self.table

    async def _name_next(self) -> bool:
        # The rows were drawn a while ago: what has been looked at or left the list since then is not asked for again.
        seen = {item.thread.thread_id for item in self.table.unnamed()}
        item = next((item for item in self.inbox.items if not item.looked and item.thread.thread_id in seen), None)
        if item is not None:
            await self.inbox.look(item)
        return item is not None

    def on_mount(self) -> None:
        self.asked.rows_changed(0)
        self._show_asked()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= SIDE_BY_SIDE, "-wide")
        super().on_resize()
        self._show_asked()

    def tell_above(self) -> None:
        """The list was read, or a state of it."""
        self._show_asked()

    def on_inbox_view_picked(self) -> None:
        self._show_asked()

    def _show_asked(self) -> None:
        """Show what the thread under the cursor asks, and the keys that answer it from here."""
        if not self.is_built:
            return
        item = self.table.current
        self.query_one("#inbox-asked").display = item is not None
        self._fit_list(alone=item is None)
        if self.asked_rows.show(item):
            self._twice.forget()
            self.keys.look()
            self.asked.rows_changed(0)
            self.asked.move_to_row(0)
        thread = item.thread if item is not None else None
        name = thread.label or (item.words if item else "") or short_id(thread.thread_id) if thread else ""
        set_title(self.asked, clean(name, 80))
        if not self._twice.is_open:
            self._tell_answers()

    def _fit_list(self, *, alone: bool) -> None:
        """Above the question the list has a row for each thread, up to half; which one is shown moves nothing."""
        most = max(LEAST, self.query_one("#inbox-parts").size.height // 2)
        rows = min(most, max(LEAST, len(self.inbox.items) + 2))
        wanted = None if alone or self.has_class("-wide") else rows
        if wanted != self._list_rows:
            self._list_rows = wanted
            self.table.styles.height = wanted

    def _tell_answers(self, said: Line = ()) -> None:
        """Say which keys answer the question that is shown, or `said` in their place."""
        item = self.table.current
        if said or item is None:
            self.answers.set_line(said)
            return
        found = self._answer_to(item, "approve"), self._answer_to(item, "reject")
        if isinstance(found[0], str) and isinstance(found[1], str):
            self.answers.set_line((Span(found[0], "muted"),))
            return
        hints: list[KeyHint] = []
        for act, answer in zip(ACTS, found, strict=False):
            if isinstance(answer, tuple):
                value = f" ({print_json(answer[1], indent=None)})" if isinstance(answer[1], bool) else ""
                key = shown_key(self.services.commands.keys_of(ANSWER_COMMANDS[act])[0])
                hints.append(KeyHint(key, answer[0].review.word(act) + value))
        hints.append(KeyHint(with_keys(self, "{inbox-open}"), "open, for every other answer"))
        self.answers.set_lines(key_rows(hints, max(20, self.answers.content_size.width)))

    def key_hints(self) -> list[KeyHint]:
        hints = map(self._of_question, super().key_hints())
        return [hint for hint in hints if hint is not None]

    def _of_question(self, hint: KeyHint) -> KeyHint | None:
        """Return an answer's key with the word of the question that is shown; None where it is not taken here."""
        act = next((name for name, command_id in ANSWER_COMMANDS.items() if command_id == hint.id), None)
        item = self.table.current
        if act is None:
            return hint
        found = self._answer_to(item, act) if item is not None else ""
        if isinstance(found, str):
            return None
        # What the open thread asks, which the command goes by elsewhere, says nothing of the one shown here.
        return replace(hint, able=True, word=found[0].review.word(act).capitalize())

    def action_other_side(self) -> None:
        (self.table if self.asked.has_focus else self.asked).focus()

    def action_next(self) -> None:
        """`n` rejects here; matches are visited with the arrow keys, as the search hides all others."""

    def on_resource_table_opened(self, event: InboxView.Opened) -> None:
        """Go to the thread and its questions."""
        assert isinstance(event.item, InboxItem)
        self.dismiss()
        self.start(self._open(event.item.thread.thread_id), "opening the thread", group="open-thread")

    async def _open(self, thread_id: ThreadId) -> None:
        app = self.services
        await app.studio.threads.go_to(thread_id)
        app.studio_screen.dock.draw(app.app_state, app.studio_screen.dock.slices)
        app.studio_screen.focus_dock()

    # -- answering ----------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Any key but the same one again takes a decision back."""
        keys = {key for command in DECIDING for key in self.services.commands.keys_of(command.id)}
        if event.key not in keys:
            self._twice.forget()
            self._tell_answers()

    def _asked(self) -> str:
        item = self.table.current
        return "" if item is None else f"{item.thread.thread_id} {[(it.key, it.value) for it in item.interrupts]}"

    def action_decide(self, act: Act) -> None:
        """Ask for the same key again, then answer the thread under the cursor."""
        item = self.table.current
        if item is None:
            return
        found, thread_id = self._answer_to(item, act), item.thread.thread_id
        if isinstance(found, str):
            self._twice.forget()
            self._tell_answers((Span(found, "warn"),))
            self.services.tell(found, "warning")
            return
        entry, answer = found
        if self._twice.agreed(act):
            self._tell_answers()
            self.start(self._answer(thread_id, entry, act, answer), "sending the answer")
        else:
            key = shown_key(self.services.commands.keys_of(act)[0])
            cells = 2 * self.answers.content_size.width
            again = again_line(entry, act, answer, key, clean(short_id(thread_id)), cells)
            quick = (Span(f"{too_quick(key)} ", "warn"),) if self._twice.was_quick else ()
            self._tell_answers((*quick, *again))

    def _answer_to(self, item: InboxItem, act: Act) -> tuple[PreparedAnswer, Json] | str:
        """Return the only question with its answer of yes or no, or why that is not enough."""
        asked = item.interrupts
        opens = with_keys(self, "press {inbox-open} to open it.")
        if self.services.app_state.readonly:
            return READONLY
        if not asked:
            return f"This thread asks nothing: {opens}"
        if len(asked) > 1:
            return f"{len(asked)} questions wait in this thread: {opens}"
        entry, *more = entries_for(asked[0])
        if more:
            return f"{len(more) + 1} actions want a decision each: {opens}"
        if act not in entry.review.allowed:
            return f"This question does not allow {entry.review.word(act)}: {opens}"
        answer = entry.decided(act)
        if isinstance(answer, Unset):
            return with_keys(self, "Yes or no is not enough here: press {inbox-open} and fill in the form.")
        return entry, answer

    async def _answer(self, thread_id: ThreadId, entry: PreparedAnswer, act: Act, answer: Json) -> None:
        app, question = self.services, entry.question
        await app.studio.threads.go_to(thread_id)
        if await app.runs.answer({_same(app.app_state.position.questions, question): answer}, [question]):
            self.inbox.drop(thread_id)
            app.tell(f"Sent to {clean(short_id(thread_id))}: {entry.review.word(act)}.")


def _same(asked: tuple[Interrupt, ...], question: Interrupt) -> str:
    """The key of the question now; where servers give no ids, the list and the state spell it differently."""
    alike = [item.key for item in asked if item.value == question.value]
    return question.key if question.id or len(alike) != 1 else alike[0]
