"""What the intents of the Studio screen's widgets lead to: calls of the studio, dialogs, the editor, the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from studio_tui.domain.ids import CheckpointId, NodeId
from studio_tui.domain.run_request import RunRequest
from studio_tui.errors import StudioError
from studio_tui.ui.contracts import intents
from studio_tui.ui.contracts.services import Services, services_of
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.kit.terminal.editor import edit

if TYPE_CHECKING:
    from studio_tui.ui.composer.composer import Composer
    from studio_tui.ui.graph.panel import GraphView


class IntentScreen(Screen[None]):
    """Receives what widgets ask for; the Studio screen adds the widgets."""

    composer: Composer
    graph: GraphView
    picked_node: NodeId | None = None
    """The node of the task under the timeline's cursor."""

    @property
    def services(self) -> Services:
        """The program, as its parts see it."""
        return services_of(self)

    @on(intents.RunSubmitted)
    def _run_submitted(self, event: intents.RunSubmitted) -> None:
        # No key waits for the server's answer: what is typed next is the next input.
        self.services.work.start(self._submit(event.request), "starting the run", ahead=False)

    async def _submit(self, request: RunRequest) -> None:
        try:
            started = await self.services.runs.submit(request)
        except StudioError:
            self.composer.restore_sent()
            raise
        if not started:
            self.composer.restore_sent()

    @on(intents.RunOptionsWanted)
    def _options_wanted(self) -> None:
        self.services.perform("run-options")

    @on(intents.EditorWanted)
    def _editor_wanted(self, event: intents.EditorWanted) -> None:
        self.services.work.start(self._edit(event.text, event.suffix))

    async def _edit(self, text: str, suffix: str) -> None:
        self.composer.set_text(await edit(self.app, text, suffix))

    @on(intents.ThreadOpened)
    def _thread_opened(self, event: intents.ThreadOpened) -> None:
        opening = self.services.studio.threads.open(event.thread_id)
        self.services.work.start(opening, "opening the thread", group="open-thread")

    @on(intents.MoreThreadsWanted)
    def _more_threads(self) -> None:
        page = self.services.studio.app_state.threads
        if page.has_more and not page.loading:
            self.services.work.start(self.services.studio.recent.more())

    @on(intents.NamesWanted)
    def _names_wanted(self, event: intents.NamesWanted) -> None:
        self.services.work.start(self.services.studio.words.read(event.threads), ahead=False)

    @on(intents.MoreHistoryWanted)
    def _more_history(self) -> None:
        history = self.services.studio.app_state.history
        if not history.complete and not history.loading:
            self.services.work.start(self.services.studio.threads.more_history())

    @on(intents.TaskPicked)
    def _task_picked(self, event: intents.TaskPicked) -> None:
        self.picked_node = event.node
        if event.node is not None:
            self.graph.select(event.node)
        self.go_to(event.checkpoint_id)

    def go_to(self, checkpoint_id: CheckpointId | None) -> None:
        """Put the time cursor on a checkpoint; None is now."""
        app_state = self.services.studio.app_state
        if checkpoint_id != app_state.cursor:
            move = self.services.studio.history.select(checkpoint_id)
            self.services.work.start(move, "loading the checkpoint", group="cursor")

    @on(intents.NodeOpened)
    def _node_opened(self, event: intents.NodeOpened) -> None:
        from studio_tui.ui.graph.node_screen import NodeScreen

        self.services.go(NodeScreen(event.node))

    @on(intents.CopyWanted)
    def _copy(self, event: intents.CopyWanted) -> None:
        copy(self.app, event.text, event.label)

    @on(intents.DetailWanted)
    def _detail(self, event: intents.DetailWanted) -> None:
        from studio_tui.ui.screens.detail import DetailScreen

        self.app.push_screen(DetailScreen(event.title, event.value))

    @on(intents.ContentWanted)
    def _content(self, event: intents.ContentWanted) -> None:
        from studio_tui.ui.messages.content_screen import ContentScreen

        self.app.push_screen(ContentScreen(event.part, event.where))
