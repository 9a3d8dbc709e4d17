"""What commands need of the Studio screen: its panels, its composer, its questions, and where the focus is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from textual.widget import Widget

from studio_tui.ui.contracts.panel import Drawable

if TYPE_CHECKING:
    from studio_tui.core.inputs.run_input import RunInput
    from studio_tui.domain.ids import CheckpointId, NodeId
    from studio_tui.domain.run_request import Step
    from studio_tui.jsonkit.value import Json

W = TypeVar("W", bound=Widget)


class ComposerView(Protocol):
    """The input of the next run."""

    @property
    def state(self) -> RunInput:
        """What is typed at this moment."""

    def previewed(self) -> Json:
        """Return the input as it would be sent now."""

    def submit(self, *, step: Step = "", until: str = "", background: bool = False) -> None:
        """Ask for a run with what is typed, or say what is wrong with it."""


class DockView(Drawable, Protocol):
    """The questions that the graph asks."""

    @property
    def display(self) -> bool:
        """Whether they are on the screen."""

    def act(self, what: str, *, by_name: bool = False) -> None:
        """Answer: approve, reject, explain, edit or respond."""


class StudioView(Protocol):
    """The Studio screen."""

    @property
    def active(self) -> str:
        """The panel in use: focused, or focused last."""

    @property
    def zoomed(self) -> bool:
        """Whether the panel in use has the whole screen."""

    @property
    def composer(self) -> ComposerView: ...

    @property
    def dock(self) -> DockView: ...

    @property
    def area(self) -> str:
        """Whose keys apply: the panel in use, or the dock or the composer while they have the focus."""

    @property
    def bar(self) -> tuple[str, ...]:
        """The commands of the key bar there, the most useful first."""

    @property
    def way_out(self) -> str:
        """What leaves the editor that has the focus, where letters are text: its key as in a template, a space behind.

        Empty where letters are commands.
        """

    @property
    def selected_node(self) -> NodeId | None:
        """The node under the timeline's or the graph's cursor."""

    def select_node(self, node: NodeId) -> None: ...

    def panel(self, panel_id: str) -> Widget: ...

    def part(self, kind: type[W]) -> W:
        """Return the panel of a class."""

    def show_panel(self, panel_id: str) -> None:
        """Show a panel and give it the focus."""

    def toggle_threads(self) -> None:
        """Open the threads and go there; close them where they are in use and stand over something."""

    def resize(self, dx: int, dy: int) -> None:
        """Move the border of the panel in use."""

    def fold(self) -> None:
        """Collapse the panel in use to its title, or open it again."""

    def reset_layout(self) -> None:
        """Let every panel be as large as its content needs."""

    def tab(self, delta: int) -> None:
        """Show the next tab."""

    def back(self) -> None:
        """Undo the innermost thing: search, activity, composer, zoom."""

    def toggle_zoom(self) -> None:
        """Give the panel in use the whole screen, or give it back."""

    def open_line(self, mode: str) -> None:
        """Open the prompt (`:`) or the search (`/`)."""

    def focus_composer(self, *, asked: bool = True) -> None:
        """Go to the input of the next run; beside a question only who asked for it gets more than a row of it."""

    def focus_panels(self) -> None:
        """Give the focus to the panel that had it last."""

    def focus_dock(self) -> None: ...

    def go_to(self, checkpoint_id: CheckpointId | None) -> None:
        """Put the time cursor on a checkpoint; None is now."""
