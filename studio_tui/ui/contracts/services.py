"""What widgets, screens and commands may know of the program. `StudioApp` provides it; nobody else knows that class."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast

from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from studio_tui.text.hint import Hint

if TYPE_CHECKING:
    from textual.events import Key, Paste

    from studio_tui.config.servers import ServerChoice, Servers
    from studio_tui.core.inputs.drafts import DraftKey, Drafts, Unsaved
    from studio_tui.core.state.app_state import AppState, Slice
    from studio_tui.core.studio import Studio
    from studio_tui.domain.checkpoint import Interrupt
    from studio_tui.domain.run_request import RunRequest, Step
    from studio_tui.errors import StudioError
    from studio_tui.jsonkit.value import Json
    from studio_tui.local import LocalServer
    from studio_tui.ui.contracts.command import CommandContext
    from studio_tui.ui.contracts.options import UiOptions
    from studio_tui.ui.contracts.registry import Registry
    from studio_tui.ui.contracts.studio_view import StudioView

T = TypeVar("T")
Severity = Literal["information", "warning", "error"]


class Shown(Protocol):
    """Something under way that has taken long enough to be shown."""

    label: str


class Work(Protocol):
    """What is under way for the user: errors become toasts, the app lives on."""

    @property
    def shown(self) -> Shown | None:
        """The activity to show, if any."""

    def start(
        self,
        awaitable: Awaitable[object],
        label: str = "",
        *,
        group: str = "",
        opens: bool = False,
        ahead: bool | float = True,
    ) -> object:
        """Run `awaitable`; `label` is shown while it takes long. A newer one of the same group replaces it.

        `opens`: it leads to an editor or dialog, and the keys that follow are meant for that; they wait for it.
        `ahead=False`: no key waits, whatever it leads to; a number: seconds that keys wait for its end.
        """

    def cancel_newest(self) -> bool:
        """Give up the newest visible activity; return whether there was one."""


class Clock(Protocol):
    """Draws panels, at most once a frame."""

    def owe(self, panel: Widget, slices: frozenset[Slice] = ...) -> None:
        """Have `panel` drawn with these slices at the next frame, for instance because it became visible."""


class TypeAhead(Protocol):
    """Keys that were pressed for something which is gone."""

    pressed: int
    """Keys that have had their effect."""

    def focus_moved(self, why: str, seconds: float = ...) -> None:
        """Letters that follow were meant for what had the focus."""

    def arrives(self, event: Key | Paste) -> None:
        """Somebody has pressed a key; it will come as an event."""

    def drop(self, why: str) -> None:
        """Forget the keys that wait."""


class Runs(Protocol):
    """Starting, stepping, answering and stopping runs, with the questions to ask. All may raise StudioError."""

    async def submit(self, request: RunRequest) -> bool:
        """Start a run; on a busy thread ask what to do. Returns whether one was started."""

    async def step(self, step: Step, *, until: str = "") -> None:
        """Step the paused thread, or run it to a node."""

    async def resume(self) -> None:
        """Continue the paused thread, or go to its questions."""

    async def answer(self, answers: Mapping[str, Json], asked: Sequence[Interrupt]) -> bool:
        """Send answers by the keys of the questions as they were shown; returns whether the server took them."""

    async def stop(self, action: str) -> None:
        """Cancel the run ("interrupt" or "rollback"), verify it, and tell how it ended."""


class Opening(Protocol):
    """Which server and which assistant the session works with."""

    servers: Servers

    async def choose_assistant(self, key: str) -> bool:
        """Select an assistant, after a question where that leaves the thread; return whether it is selected."""

    async def chosen(self, text: str, key_env: str = "") -> ServerChoice:
        """Return the server that a text names. Raises UsageError."""

    async def go(self, choice: ServerChoice) -> None:
        """Connect to a server that was chosen. Raises UsageError."""

    async def start_project(self, path: Path) -> None:
        """Start the server of the user's project. Raises LocalServerError."""

    async def start_local(self, server: LocalServer) -> None:
        """Start a development server and connect to it."""

    def show_connect(self, error: StudioError | None = None, *, url: str = "") -> None:
        """Show the Connect screen, with why the last attempt failed."""


class Services(Protocol):
    """The program, as its parts see it."""

    studio: Studio
    options: UiOptions
    commands: Registry
    unsaved: Unsaved
    """What is typed in every editor."""
    local: LocalServer | None
    """The development server that this session started."""

    @property
    def app(self) -> App[Any]:
        """Textual's app, for what takes one: clipboard, editor, themes."""

    @property
    def app_state(self) -> AppState: ...

    @property
    def studio_screen(self) -> StudioView:
        """The Studio screen, even while another one stands over it."""

    @property
    def work(self) -> Work: ...

    @property
    def runs(self) -> Runs: ...

    @property
    def opening(self) -> Opening: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def typeahead(self) -> TypeAhead: ...

    def now(self) -> float:
        """Return the wall clock in unix seconds."""

    def kept(self, what: str, which: str = "") -> tuple[Drafts, DraftKey]:
        """Return where an editor keeps its text, under a name that it has at every start."""

    def context(self, argument: str = "") -> CommandContext:
        """Return what commands see now."""

    def here(self) -> frozenset[str]:
        """Return the ids of the commands whose keys work where the focus is."""

    def perform(self, command_id: str, argument: str = "") -> None:
        """Run a command by its id, or say why it cannot run now."""

    def go(self, screen: Screen[Any]) -> None:
        """Show a screen over this one."""

    async def ask(self, dialog: Screen[T | None]) -> T | None:
        """Show a dialog or form and return its answer; only from what `work` runs."""

    def leave(self) -> None:
        """Quit, after asking if a run that was started here is live."""

    def tell(self, text: str, severity: Severity = "information") -> None:
        """Show a toast."""


def services_of(node: DOMNode) -> Services:
    """Return the program that a widget or screen is part of."""
    services: Services = cast("Any", node.app).services
    return services


def with_keys(node: DOMNode, template: str) -> str:
    """Return a text with the keys in force in it; for the template see `Registry.hint`."""
    return services_of(node).commands.hint(template)


def told(node: DOMNode, text: str) -> str:
    """Return a text of a lower room as it is shown; see `Registry.told`."""
    return services_of(node).commands.told(text) if isinstance(text, Hint) else text
