"""The inbox (`I`): every thread of this server that waits; enter opens one at its questions, y and n answer at once."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from studio_tui.core.interrupts.answer_sheet import PreparedAnswer, entries_for
from studio_tui.core.interrupts.answers import Inbox, InboxItem
from studio_tui.core.interrupts.second_press import SecondPress
from studio_tui.core.resources.in_sight import InSight
from studio_tui.domain.answer_shape import Act
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run_request import Unset
from studio_tui.jsonkit.value import Json
from studio_tui.present.interrupts.answer_lines import again_line
from studio_tui.present.interrupts.inbox import InboxRows
from studio_tui.present.interrupts.question import preview_of
from studio_tui.text.fmt import short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.command import READONLY, bindings
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.interrupts.commands import ANSWERS, INBOX
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.screens.over import OverScreen

HINTS = "enter open · y approve · n reject · r refresh · / search · esc back"


class InboxView(ResourceTable[InboxItem]):
    """The list of interrupted threads."""

    NOUN: ClassVar[tuple[str, str]] = ("thread waits", "threads wait")
    WHAT: ClassVar[str] = "interrupted threads"
    SOURCE: ClassVar[str] = "list"
    EMPTY: ClassVar[str] = "No thread of this server waits for an answer."
    COPIES: ClassVar[str] = "thread id"
    MORE_LABEL: ClassVar[str] = "reading the inbox"

    class NamesWanted(Message):
        """Rows came into sight of which only the list is known."""

    def unnamed(self) -> list[InboxItem]:
        """Return the threads in sight whose states have not been read for the names of the nodes that ask."""
        top = self.port.top
        seen = (self._filter.row(place) for place in range(top, min(self._filter.count, top + self.port.height)))
        return [item for item in (self.table.items[row] for row in seen) if not item.looked] if self.table.items else []

    def _refresh_rows(self) -> None:
        super()._refresh_rows()
        if self.unnamed():
            self.post_message(self.NamesWanted())


class InboxScreen(OverScreen):
    """Threads whose graphs wait for somebody."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ANSWERS[:2], {"approve": "decide('approve')", "reject": "decide('reject')"}),
        *bindings(INBOX),
    ]
    heading = "Inbox · interrupted threads"
    hints = HINTS

    def __init__(self) -> None:
        super().__init__()
        self._second = SecondPress()

    def view(self) -> LineView:
        self.inbox = Inbox(self.services.studio.interrupts)
        self.table = InboxView(InboxRows(), self.inbox, id="inbox")
        self.inbox.on_change = self._changed
        self.naming = InSight(self._name_next, self.services.work.start, settle=0)
        return self.table

    def _changed(self) -> None:
        if self.is_attached:
            self.table.show()

    def on_mount(self) -> None:
        self.action_refresh()

    def on_key(self, event: events.Key) -> None:
        """Any key but the same one again takes a decision back."""
        keys = {key for act in ("approve", "reject") for key in self.services.commands.keys_of(act)}
        if event.key not in keys and self._second.forget():
            self._ask_nothing()

    def action_next(self) -> None:
        """`n` rejects here; matches are visited with the arrow keys, as the search hides all others."""

    def action_refresh(self) -> None:
        """Read the list again, from its first page."""
        self.inbox.outdate()
        self.services.work.start(self.table.read(), "reading the inbox", group="inbox")

    def on_inbox_view_names_wanted(self) -> None:
        """Read the states of the rows in sight, one after the other: the list does not say which node asks."""
        self.naming.wanted()

    async def _name_next(self) -> bool:
        # The rows were drawn a while ago: what has been looked at or left the list since then is not asked for again.
        lacking = {item.thread.thread_id for item in self.inbox.items if not item.looked}
        item = next((row for row in self.table.unnamed() if row.thread.thread_id in lacking), None)
        if item is not None:
            await self.inbox.look(item)
        return item is not None

    # -- opening and answering ----------------------------------------------------------------------------------

    def on_resource_table_opened(self, event: InboxView.Opened) -> None:
        """Go to the thread and its questions."""
        assert isinstance(event.item, InboxItem)
        self.dismiss()
        self.services.work.start(self._open(event.item.thread.thread_id), "opening the thread", group="open-thread")

    async def _open(self, thread_id: ThreadId) -> None:
        app = self.services
        await app.studio.threads.open(thread_id)
        app.studio_screen.dock.draw(app.studio.app_state, app.studio_screen.dock.slices)
        app.studio_screen.focus_dock()

    def action_decide(self, act: Act) -> None:
        """Ask for the same key again, then answer the thread under the cursor."""
        item = self.table.current
        if item is None:
            return
        thread = item.thread
        entry, problem = self._answerable(item, act)
        if entry is None:
            self._ask_nothing()
            self._hint((Span(f" {problem}", "warn"),))
        elif self._second.press((thread.thread_id, entry.question.key, str(entry.question.value)), act):
            self._ask_nothing()
            self.services.work.start(self._answer(thread.thread_id, entry, act), "sending the answer")
        else:
            key = shown_key(self.services.commands.keys_of(act)[0])
            asked = clean(preview_of(entry.question, 200))
            again = again_line(key, entry.review.word(act), _decided(entry, act), clean(short_id(thread.thread_id)))
            self._hint((Span(" "), *again, Span(": ", "warn"), Span(asked)))

    def _answerable(self, item: InboxItem, act: Act) -> tuple[PreparedAnswer | None, str]:
        asked = item.interrupts
        if self.services.studio.app_state.readonly:
            return None, READONLY
        if not asked:
            return None, "This thread asks nothing: press enter to open it."
        if len(asked) > 1:
            return None, f"{len(asked)} questions wait in this thread: press enter to open it."
        entry, *more = entries_for(asked[0])
        if more:
            return None, f"{len(more) + 1} actions want a decision each: press enter to open it."
        if act not in entry.review.allowed:
            return None, f"This question does not allow {entry.review.word(act)}: press enter to open it."
        if isinstance(entry.decided(act), Unset):
            return None, "Yes or no is not enough here: press enter and fill in the form."
        return entry, ""

    async def _answer(self, thread_id: ThreadId, entry: PreparedAnswer, act: Act) -> None:
        app, question = self.services, entry.question
        answer = _decided(entry, act)
        await app.studio.threads.open(thread_id)
        if await app.runs.answer({_same(app.app_state.position.questions, question): answer}, [question]):
            self.inbox.drop(thread_id)
            app.tell(f"Sent to {clean(short_id(thread_id))}: {entry.review.word(act)}.")

    def _ask_nothing(self) -> None:
        self._second.forget()
        self._hint((Span(f" {self.hints}"),))

    def _hint(self, line: Line) -> None:
        self.query_one("#over-hints", PlainStatic).set_line(line)


def _decided(entry: PreparedAnswer, act: Act) -> Json:
    """The answer of yes or no, where that is enough."""
    answer = entry.decided(act)
    assert not isinstance(answer, Unset)
    return answer


def _same(asked: tuple[Interrupt, ...], question: Interrupt) -> str:
    """The key of the question now; where servers give no ids, the list and the state spell it differently."""
    alike = [item.key for item in asked if item.value == question.value]
    return question.key if question.id or len(alike) != 1 else alike[0]
