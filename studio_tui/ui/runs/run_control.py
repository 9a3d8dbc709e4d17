"""Starting, stopping, stepping and answering runs on behalf of the user: the questions to ask before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from msgspec.structs import replace

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.run_request import Multitask, RunRequest, Step
from studio_tui.errors import ConflictError, UnsupportedError
from studio_tui.jsonkit.value import Json, as_object, as_str
from studio_tui.text.fmt import plural, short_id
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import Services
from studio_tui.ui.kit.twice import Twice

BUSY = (
    ("enqueue", "run after the one under way"),
    ("interrupt", "stop the one under way, keep what it did, then run"),
    ("rollback", "delete the one under way with what it did, then run"),
    ("reject", "do not run"),
)

AGAIN_SECONDS = 8.0
"""Time in which leaving a second time answers what was said at the first."""


class RunControl:
    """The runs of this session as their user drives them. Every method may raise StudioError."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._threadless = False
        """The user agreed to runs without a thread, where the server has none: that holds from then on."""
        self._told_at = (0, -AGAIN_SECONDS)
        """At which key, and when (monotonic), it was said what leaving forgets."""
        self._leaving = Twice(lambda: "the demo's threads")

    async def submit(self, request: RunRequest) -> bool:
        """Start a run with new input; return whether it was started. One with a checkpoint branches off there."""
        start = self._start_from if request.checkpoint and not request.stateless else self._services.studio.runs.start
        if not request.stateless and not await self._agrees_to_leave_questions():
            return False
        try:
            run = await start(request)
        except UnsupportedError as error:
            if not self._threadless_helps(request):
                raise
            self._threadless = self._threadless or await self._agrees_to_threadless(error)
            if not self._threadless:
                return False
            run = await self._services.studio.runs.start(replace(request, stateless=True))
        except ConflictError as conflict:
            strategy = await self._ask_strategy(conflict)
            if strategy is None:
                return False
            run = await start(replace(request, multitask=strategy))
        if request.background:
            self._services.tell(f"Run {short_id(run.run_id or '')} goes on in the background; :join follows it.")
        return True

    async def _start_from(self, request: RunRequest) -> RunState:
        studio, commands = self._services.studio, self._services.commands
        checkpoint_id = CheckpointId(as_str(as_object(request.checkpoint).get("checkpoint_id")))
        origin = studio.app_state.history.by_id.get(checkpoint_id)
        run = await studio.time.branching.rerun(checkpoint_id, request=request)
        place = f"step {origin.step}" if origin is not None and origin.step is not None else "the old checkpoint"
        self._services.tell(
            commands.hint(f"Sent from {place}: a new branch. The old one stays in the history ({{history}}).")
        )
        return run

    async def _agrees_to_leave_questions(self) -> bool:
        """New input on a thread that asks ends its questions: no slip of a finger does that."""
        asked = self._services.studio.app_state.position.questions
        if not asked:
            return True
        from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog

        nodes = ", ".join(dict.fromkeys(clean(item.node, 40) or "the graph" for item in asked))
        text = (
            f"This thread waits for {plural(len(asked), 'answer')} ({nodes}).\n"
            f"A run with new input begins again: {'it is' if len(asked) == 1 else 'they are'} not asked any more."
        )
        return await self._services.ask(ConfirmDialog("Run without answering?", text, yes="Run", danger=True)) is True

    def _threadless_helps(self, request: RunRequest) -> bool:
        server = self._services.studio.app_state.server
        if server is None or request.stateless or not server.can("stateless").works:
            return False
        return not (server.can("threads").works and server.can("runs").works)

    async def _agrees_to_threadless(self, error: UnsupportedError) -> bool:
        from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog

        text = f"{error.title}\nThe run is shown here and nothing of it is kept."
        return await self._services.ask(ConfirmDialog("Run without a thread?", text, yes="Run")) is True

    async def step(self, step: Step, *, until: str = "") -> None:
        """Step the paused thread, or run it to a node.

        A thread that never ran starts with what is typed in the composer. One that has finished starts nothing: new
        input is the composer's business, and the last step may have ended the thread under the user's finger.
        """
        studio = self._services.studio
        if not studio.app_state.position.can_continue:
            head = studio.app_state.head
            self._begin_with_step(step, until, fresh=head is None or head.checkpoint_id is None)
            return
        await studio.debugger.step(step, self._continuing(), until=until)

    def _begin_with_step(self, step: Step, until: str, *, fresh: bool) -> None:
        app = self._services
        composer = app.studio_screen.composer
        run, input_key = (shown_key(app.commands.keys_of(name)[0]) for name in ("run", "input"))
        if fresh and composer.state.touched:
            composer.submit(step=step, until=until)
        elif fresh:
            app.tell(f"There is nothing to step: this thread has not run yet. Write an input first ({input_key}).")
        else:
            again = f"{run} runs the composer's input, :run step stops it after one step."
            app.tell(f"There is nothing to step: the thread has finished. {again}")

    async def resume(self) -> None:
        """Continue the paused thread; if the graph asks something, go to its questions instead."""
        if self._services.app_state.position.questions:
            self._services.studio_screen.focus_dock()
            return
        await self._services.studio.runs.continue_run(request=self._continuing())

    async def answer(self, answers: Mapping[str, Json], asked: Sequence[Interrupt]) -> bool:
        from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog

        studio = self._services.studio
        try:
            await studio.interrupts.answer(answers, asked=asked, request=self._continuing())
        except ConflictError as conflict:
            position = studio.app_state.position
            if not position.can_continue or position.questions:
                raise
            why = f"{conflict.detail}\n{self._services.commands.told(conflict.hint)}"
            if await self._services.ask(ConfirmDialog(conflict.title, why, yes="Ask again", sudden=True)):
                await studio.interrupts.reask(request=self._continuing())
            return False
        return True

    def _continuing(self) -> RunRequest:
        return self._services.app_state.next_run.continuing()

    async def stop(self, action: str) -> None:
        run = await self._services.studio.runs.stop(action=action)
        if run.phase is Phase.CANCELLED:
            said = "The server confirms: the run is cancelled."
            if run.deleted:
                self._services.tell(f"{said} The run and what it did are deleted.")
            elif action == "rollback":
                self._services.tell(f"{said} It is not rolled back: the server still has what it did.", "warning")
            else:
                self._services.tell(f"{said} What it had streamed stays.")

    async def may_leave(self) -> bool:
        from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog

        app_state = self._services.studio.app_state
        run, server = app_state.run, app_state.server
        if run is None or not run.phase.is_live or run.run_id not in self._services.studio.runs.started:
            return self._agrees_to_forget()
        ends = server is not None and server.place  # only what studio-tui started has a name of its own
        then = "It ends with the local server." if ends else "It goes on at the server; you can join it later."
        forgets = " The demo forgets its threads." if self._forgets else ""
        text = f"A run that you started is under way. {then}{forgets}"
        return await self._services.ask(ConfirmDialog("Leave?", text, yes="Leave")) is True

    @property
    def _forgets(self) -> bool:
        """Whether the threads of the open server end with this program: it is the demo that was started here."""
        local, server = self._services.local, self._services.studio.app_state.server
        return (
            local is not None
            and local.launch.private_copy
            and server is not None
            and server.place == (local.launch.place)
        )

    def _agrees_to_forget(self) -> bool:
        """Say once that threads will be forgotten, where there are any; the same key again soon after is the answer."""
        app_state = self._services.studio.app_state
        made = app_state.threads.total or len(app_state.threads.items) or int(app_state.thread_id is not None)
        if not made or not self._forgets:
            return True
        (key_before, before), pressed = self._told_at, self._services.typeahead.pressed
        self._told_at = pressed, monotonic()
        if pressed - key_before > 1 or self._told_at[1] - before >= AGAIN_SECONDS:
            self._leaving.forget()  # any other key between the two takes the first back
        if self._leaving.agreed("leave"):
            return True
        if not self._leaving.was_quick:
            key = shown_key(self._services.commands.keys_of("quit")[0])
            self._services.tell(f"{key} again leaves; the demo's {plural(made, 'thread is', 'threads are')} forgotten.")
        return False

    async def _ask_strategy(self, conflict: ConflictError) -> Multitask | None:
        from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

        choices = [PickerChoice(name, name, what) for name, what in BUSY]
        said = clean(conflict.title, 60)
        title = said if "busy" in said.lower() else f"The thread is busy: {said}"
        picked = await self._services.ask(PickerDialog(title, choices))
        for strategy in ("enqueue", "interrupt", "rollback"):
            if picked == strategy:
                return strategy
        return None
