"""Answers to the questions of the open thread: what is asked, whether it still is, and the one request that answers.

Servers take stale answers without a word (PROTOCOL §11.2): everything is checked against a fresh head before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.resources.resource import Resource
from studio_tui.core.runs.controller import RunController
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.domain.checkpoint import Checkpoint, Interrupt
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.thread import Thread, first_words
from studio_tui.errors import ConflictError, ProtocolError, ServerError, StudioError, UsageError
from studio_tui.jsonkit.value import Json, as_object
from studio_tui.text.fmt import id_start, plural
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean
from studio_tui.wire.decode_state import interrupts_of_row
from studio_tui.wire.page import Page

ASK_AGAIN = "Ask again (`:reask`): the node runs from its top and asks with the state as it is now."
_LOOK = "Read what is asked now, then answer that. Nothing was sent."


class InboxItem(Struct, frozen=True):
    """An interrupted thread and what its graph asks; no questions: it stands at a breakpoint or an edit."""

    thread: Thread
    interrupts: tuple[Interrupt, ...] = ()
    words: str = ""
    """The first words of a thread that the list does not name, from its state; raw."""
    looked: bool = False
    """Whether its state was read, or could not be: lists do not say which node asks."""


class Answers:
    """Answers, asks again, lists who waits. One write at a time, each sent once."""

    def __init__(self, runtime: Runtime, history: ThreadHistory, runs: RunController) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._history = history
        self._runs = runs
        self._sending = False

    async def answer(
        self,
        answers: Mapping[str, Json],
        *,
        asked: Sequence[Interrupt] = (),
        request: RunRequest | None = None,
    ) -> RunState:
        """Answer pending questions of the open thread by their keys, all or some; sent once.

        `asked` are the questions as they were shown. ConflictError tells what changed when they are outdated.
        """
        if not answers:
            raise UsageError("There is no answer to send", "", "Answer at least one question.")
        from studio_tui.core.interrupts.resume_command import resume_value  # not wanted at start

        with self._one_write() as thread_id:
            seen = {item.key: item for item in asked or self._app_state.position.questions}
            head = await self._fresh_head(thread_id)
            self._check(answers, seen, head)
            pending = head.pending_interrupts
            resume = resume_value(answers, pending, self._runtime.connection.info)
            run = await self._runs.continue_run({"resume": resume}, request=request)
        taken = [item for item in pending if item.key in answers]
        self._runtime.background.replace(self._verify(run, taken), "answers")
        return run

    async def command(self, command: Mapping[str, Json], *, request: RunRequest | None = None) -> RunState:
        """Send a command of resume, update and goto as it is; answers by id are checked as in `answer`."""
        resume = as_object(command.get("resume"))
        pending = {item.id: item for item in self._app_state.position.questions if item.id}
        addressed = {key: value for key, value in resume.items() if key in pending}
        with self._one_write() as thread_id:
            head = await self._fresh_head(thread_id)
            if addressed:
                self._check(addressed, {item.key: item for item in pending.values()}, head)
            return await self._runs.continue_run(command, request=request)

    async def reask(self, *, request: RunRequest | None = None) -> RunState:
        """Run the waiting nodes again from their top (`input: null`), so that they ask with the state as it is now."""
        with self._one_write() as thread_id:
            head = await self._fresh_head(thread_id)
            if not head.is_unfinished:
                raise UsageError("The thread waits for nothing", "", "Start a run with new input.")
            return await self._runs.continue_run(request=request)

    async def interrupted_threads(self, offset: int, limit: int) -> Page[InboxItem]:
        """Return one page of the server's interrupted threads, newest first."""
        page = await self._runtime.connection.call(
            lambda client: client.threads(status="interrupted", limit=limit, offset=offset)
        )
        return Page([InboxItem(row, interrupts_of_row(row)) for row in page.items], page.next_offset)

    async def head_of(self, thread_id: ThreadId) -> Checkpoint:
        """Return the head of any thread: its questions with the nodes that ask, and its values."""
        return await self._runtime.connection.call(lambda client: client.state(thread_id, subgraphs=True))

    @contextmanager
    def _one_write(self) -> Iterator[ThreadId]:
        """Raises UsageError or ConflictError where nothing can be sent now."""
        thread_id = self._app_state.thread_id
        if thread_id is None:
            raise UsageError("No thread is open", "", "Open the thread whose question you want to answer.")
        run = self._app_state.run
        if run is not None and run.phase.is_live:
            raise ConflictError("A run is under way on this thread", "", Hint("Wait for it, or stop it ({stop})."))
        if self._sending:
            raise ConflictError("An answer is on its way", "", "Wait for the server to take it.")
        self._sending = True
        try:
            yield thread_id
        finally:
            self._sending = False

    async def _fresh_head(self, thread_id: ThreadId) -> Checkpoint:
        """Read the head again; what the app state knew of it must be what the server says."""
        run = self._app_state.run
        if run is not None and not run.reconciled and self._runs.current is not None:
            await self._runs.wait()
        known = self._app_state.head
        try:
            head = await self.head_of(thread_id)
        except (ServerError, ProtocolError) as error:
            # What is shown may have been answered by somebody else: nobody answers what is not known to be asked.
            why = "An answer is sent only where the question is known to be still asked."
            title = f"Nothing was sent: the state of the thread cannot be read: {error}"
            raise ServerError(title, why, error.hint, status=error.status) from error
        if self._app_state.thread_id != thread_id:
            raise ConflictError("Another thread was opened meanwhile", "", "Nothing was sent.")
        self._history.take_head(head)
        head = self._history.as_known(head)
        if known is None or known.checkpoint_id == head.checkpoint_id:
            return head
        raise ConflictError(f"The thread has moved on: {_how(head)}", _now(head), _then(head))

    def _check(self, answers: Mapping[str, Json], seen: Mapping[str, Interrupt], head: Checkpoint) -> None:
        """Raise ConflictError unless every answered question is still asked, in the words that its user saw."""
        now = {item.key: item for item in head.pending_interrupts}
        for key in answers:
            if key not in now:
                node = clean(seen[key].node) if key in seen else ""
                title = f"{node or 'The graph'} does not ask this any more"
                raise ConflictError(title, _now(head), _then(head))
            if key in seen and seen[key].value != now[key].value:
                node = clean(now[key].node) or "The graph"
                raise ConflictError(f"{node} asks something else now", "The question that you saw was answered.", _LOOK)

    async def _verify(self, run: RunState, taken: Sequence[Interrupt]) -> None:
        """Tell when a run has ended and the very questions that it was to answer still wait."""
        thread_id = self._app_state.thread_id
        try:
            await self._runs.wait()
        except (StudioError, asyncio.CancelledError):
            return
        if self._app_state.thread_id != thread_id or not run.reconciled:
            return  # what waits now is not known
        if run.phase in (Phase.FAILED, Phase.CANCELLED, Phase.LOST):
            return
        left = {item.key: item.value for item in self._app_state.position.questions}
        if any(item.key in left and left[item.key] == item.value for item in taken):
            why = "The graph asked once more, or somebody else answered at the same moment."
            self._app_state.tell("The same question waits again", why, severity="warning", key="answers")


class Inbox(Resource[InboxItem]):
    """The interrupted threads as far as they are loaded."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers.interrupted_threads, lambda item: item.thread.thread_id, page=25)
        self._answers = answers

    async def look(self, item: InboxItem) -> None:
        """Read the state of a thread for its words and the names of the nodes that ask."""
        try:
            head = await self._answers.head_of(item.thread.thread_id)
        except StudioError:
            self.put(replace(item, looked=True))  # the row shows what the list said
        else:
            questions, words = head.pending_interrupts, first_words(head.values)
            self.put(replace(item, interrupts=questions, words=words, looked=True))


def _how(head: Checkpoint) -> str:
    step = f" (step {head.step})" if head.step is not None else ""
    how = {"update": "its state was edited", "fork": "it was forked", "input": "a run with new input was started"}
    return f"{how.get(head.source, 'it was continued elsewhere')}{step}"


def _now(head: Checkpoint) -> str:
    pending = head.pending_interrupts
    if pending:
        names = ", ".join(sorted({clean(item.node) or "the graph" for item in pending}))
        return f"{plural(len(pending), 'question')} of {names} {'waits' if len(pending) == 1 else 'wait'} now."
    if head.next:
        names = ", ".join(clean(name) for name in head.next)
        edited = "Editing the state took the question back; " if head.source == "update" else "Nothing is asked; "
        return f"{edited}next is {names}."
    where = clean(id_start(head.checkpoint_id or ""))
    return f"It has finished (checkpoint {where})."


def _then(head: Checkpoint) -> str:
    if head.pending_interrupts:
        return _LOOK
    return f"{ASK_AGAIN} Nothing was sent." if head.next else "Nothing was sent; there is nothing to answer any more."
