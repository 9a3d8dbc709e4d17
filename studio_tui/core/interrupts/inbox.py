"""The inbox: every thread of the server that waits, with what its graph asks as far as that is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from studio_tui.core.resources.resource import Part, Resource
from studio_tui.domain.checkpoint import Checkpoint, Interrupt
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, first_words
from studio_tui.errors import StudioError

PAGE = 25


@dataclass(frozen=True, slots=True)
class InboxItem:
    """An interrupted thread and what its graph asks; no questions: it stands at a breakpoint or an edit."""

    thread: Thread
    interrupts: tuple[Interrupt, ...] = ()
    words: str = ""
    """The first words of a thread that the list does not name, from its state; raw."""
    looked: bool = False
    """Whether its state was read, or could not be: lists do not say which node asks."""


class Inbox(Resource[InboxItem]):
    """The interrupted threads as far as they are loaded."""

    def __init__(
        self,
        page: Callable[[int, int], Awaitable[Part[InboxItem]]],
        head_of: Callable[[ThreadId], Awaitable[Checkpoint]],
    ) -> None:
        """`page(limit, offset)` and `head_of` are the studio's."""
        super().__init__(lambda offset, limit: page(limit, offset), lambda item: item.thread.thread_id, page=PAGE)
        self._head_of = head_of

    async def look(self, item: InboxItem) -> None:
        """Read the state of a thread for its words and the names of the nodes that ask."""
        try:
            head = await self._head_of(item.thread.thread_id)
        except StudioError:
            self.put(replace(item, looked=True))  # the row shows what the list said
        else:
            questions, words = head.pending_interrupts, first_words(head.values)
            self.put(replace(item, interrupts=questions, words=words, looked=True))
