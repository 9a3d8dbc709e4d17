"""What the intents of the Studio screen's widgets lead to: calls of the studio, dialogs, the clipboard."""

from __future__ import annotations

from studio_tui.domain.ids import CheckpointId, NodeId
from studio_tui.ui.contracts import intents
from studio_tui.ui.contracts.services import Services, services_of
from studio_tui.ui.graph.panel import GraphView


class IntentHandlers:
    """Does what widgets ask for; where the focus goes is the screen's business."""

    def __init__(self, graph: GraphView) -> None:
        self._graph = graph
        self.picked_node: NodeId | None = None
        """The node of the task under the timeline's cursor."""

    @property
    def _services(self) -> Services:
        return services_of(self._graph)

    def handle(self, intent: intents.Intent) -> None:
        services = self._services
        work, studio, app_state = services.work, services.studio, services.app_state
        match intent:
            case intents.ThreadOpened(thread_id=thread_id):
                work.start(studio.threads.open(thread_id), "opening the thread", group="open-thread")
            case intents.MoreThreadsWanted():
                if app_state.threads.has_more and not app_state.threads.reading:
                    work.start(studio.recent.more())
            case intents.NamesWanted(threads=threads):
                work.start(studio.words.read(threads), ahead=False)
            case intents.MoreHistoryWanted():
                if not app_state.history.complete and not app_state.history.loading:
                    work.start(studio.threads.more_history())
            case intents.TaskPicked(node=node, checkpoint_id=checkpoint_id):
                self.picked_node = node
                if node is not None:
                    self._graph.select(node)
                self.go_to(checkpoint_id)
            case intents.NodeOpened(node=opened):
                from studio_tui.ui.graph.node_screen import NodeScreen

                services.go(NodeScreen(opened))
            case intents.ContentWanted(part=part, where=where):
                from studio_tui.ui.messages.content_screen import ContentScreen

                services.go(ContentScreen(part, where))

    def go_to(self, checkpoint_id: CheckpointId | None) -> None:
        """Put the time cursor on a checkpoint; None is now."""
        services = self._services
        if checkpoint_id != services.app_state.cursor:
            move = services.studio.history.select(checkpoint_id)
            services.work.start(move, "loading the checkpoint", group="cursor")
