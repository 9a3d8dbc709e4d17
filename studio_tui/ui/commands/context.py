"""What a command sees when it runs: the studio, the store, and the screen with its focused panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.widget import Widget

from studio_tui.core.state.app_state import AppState, LinkState
from studio_tui.domain.run import RunState
from studio_tui.domain.thread_position import Standing
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.core.studio import Studio
    from studio_tui.ui.app.app import StudioApp
    from studio_tui.ui.studio.screen import StudioScreen


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One moment of the app, and the argument typed at the `:` prompt."""

    app: StudioApp
    argument: str = ""

    @property
    def studio(self) -> Studio:
        """The application core."""
        return self.app.studio

    @property
    def app_state(self) -> AppState:
        """All domain state."""
        return self.app.studio.app_state

    @property
    def screen(self) -> StudioScreen:
        """The Studio screen, even while another one stands over it."""
        return self.app.studio_screen

    @property
    def panel(self) -> Widget:
        """The panel that has the focus, or had it last."""
        return self.screen.panel(self.screen.active)

    @property
    def run(self) -> RunState | None:
        """The newest run of the open thread."""
        return self.app_state.run


SWITCH = ("on", "off")
"""What the prompt takes after a command that switches something."""


def wanted(ctx: CommandContext, is_on: bool) -> bool | None:
    """Return the state that a switching command is to bring about: typed `on` and `off` set, a key turns round.

    None when the argument is neither; that has been told.
    """
    word = ctx.argument.strip()
    if not word:
        return not is_on
    if word in SWITCH:
        return word == "on"
    ctx.app.tell(f"Say on or off, not {clean(word, 40)}.", "warning")
    return None


def connected(ctx: CommandContext) -> str | None:
    """Reason unless a server is connected (a lost link still counts: it is being retried)."""
    if ctx.app_state.link in (LinkState.UP, LinkState.DOWN):
        return None
    return "not connected to a server"


def has_thread(ctx: CommandContext) -> str | None:
    """Reason unless a thread is open."""
    return connected(ctx) or (None if ctx.app_state.thread_id else "no thread is open")


def has_assistant(ctx: CommandContext) -> str | None:
    """Reason unless an assistant is selected."""
    return connected(ctx) or (None if ctx.app_state.assistant_id else "no assistant is selected")


def is_live(ctx: CommandContext) -> str | None:
    """Reason unless a run is under way."""
    run = ctx.run
    return connected(ctx) or (None if run and run.phase.is_live else "no run is under way")


def is_paused(ctx: CommandContext) -> str | None:
    """Reason unless the open thread waits to be continued."""
    reason = has_thread(ctx)
    if reason:
        return reason
    position = ctx.app_state.position
    if position.standing is Standing.RUNNING:
        return "a run is under way"
    if position.can_continue:
        return None
    if position.standing is Standing.UNKNOWN:
        return "the thread's state could not be read: read it again (ctrl+r)"
    return "the thread is not paused"
