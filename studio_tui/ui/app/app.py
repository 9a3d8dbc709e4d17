"""The Textual app: themes, keys, screens, the way from a key to a command, and how it ends. No domain logic."""

from __future__ import annotations

import asyncio
import inspect
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.console import RenderableType
from textual import events, on
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import ScreenStackError
from textual.errors import NoWidget
from textual.screen import Screen
from textual.widgets import Input, TextArea

from studio_tui.config.start_cache import StartCache
from studio_tui.core.inputs.drafts import DraftKey, Drafts, Unsaved
from studio_tui.core.studio import Studio
from studio_tui.crossing import Crossing
from studio_tui.errors import StudioError
from studio_tui.text.sanitize import clean_block
from studio_tui.ui.app.catalog import apply_keys, build_registry
from studio_tui.ui.app.ending import LEAVE_SECONDS, Ending, crash_report
from studio_tui.ui.app.opening import Opening
from studio_tui.ui.app.survival import SurvivingApp
from studio_tui.ui.app.typeahead import TypeAhead
from studio_tui.ui.app.work import Work
from studio_tui.ui.contracts.command import CommandContext, act
from studio_tui.ui.contracts.intents import ContentWanted, DetailWanted
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.contracts.registry import Registry
from studio_tui.ui.contracts.services import Services, Severity
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.terminal.driver import TerminalDriver
from studio_tui.ui.kit.terminal.frame_output import Taken
from studio_tui.ui.kit.terminal.layouts import is_foreign_letter, latin_key
from studio_tui.ui.kit.terminal.link import LINK
from studio_tui.ui.kit.terminal.safe import plain_notify
from studio_tui.ui.kit.terminal.sheet import Sheet
from studio_tui.ui.kit.terminal.themes import DEFAULT_THEME, app_role_variables, register_themes
from studio_tui.ui.runs.run_control import RunControl
from studio_tui.ui.studio.frame_clock import FrameClock
from studio_tui.ui.studio.screen import StudioScreen
from studio_tui.ui.threads.commands import wants_large

if TYPE_CHECKING:
    from studio_tui.local import LocalServer

T = TypeVar("T")

_ACTIONS = frozenset(
    {"command", "command_palette", "focus_next", "focus_previous", "help_quit", "quit", "suspend_process"}
)
"""The only app actions that a key may name; everything else is refused, wherever it comes from."""

_NETWORK_SECONDS, _HURRY_SECONDS = 4.0, 0.6
"""How long the network may take to let go, and how long when the program was told to end."""

_BEGIN_SECONDS = 0.5
"""After the first paint, or this long after the start, the session begins."""

_SETTLED_SECONDS = 1.5
"""After the first paint, until the start is over: server data is on screen, or waited for."""

_MOUNTS = 100
"""Fiftieths of a second that a dialog may take to be built before it is taken away again."""


class MainScreen(StudioScreen):
    """The Studio screen with the keys of every feature: only the app knows them all."""

    BINDINGS = build_registry().bindings("studio")


class StudioApp(SurvivingApp):
    """The terminal UI over one `Studio`."""

    CSS_PATH: ClassVar[list[str]] = ["app.tcss", "../studio/studio.tcss", "../kit/dialogs/dialogs.tcss"]  # type: ignore[assignment]
    TITLE = "studio-tui"
    BINDINGS = build_registry().bindings("app")

    def __init__(self, studio: Studio, options: UiOptions, start: StartCache | None = None) -> None:
        super().__init__(studio.right_of_way, TerminalDriver)
        self.studio, self.app_state = studio, studio.app_state
        self.options = options
        self.local: LocalServer | None = None
        """The development server that this session started."""
        self.commands: Registry = build_registry()
        self.typeahead = TypeAhead(self)
        self.work = Work(self)
        self.runs = RunControl(self.services)
        self.opening = Opening(self)
        self.unsaved = Unsaved()
        """What is typed in every editor; `save_all_drafts` puts it on disk."""
        self.studio_screen = MainScreen(options.paths.state_dir)
        self.clock = FrameClock(studio.app_state, self, self.panel_failed, lambda: self.turn.waiting)
        self.when_settled: Callable[[], None] | None = None
        """Called once when the start is over; for what belongs to the process, not to the app."""
        self._leaving = self._asked_to_leave = False
        self._begun = False
        self._layout_told = False
        self.drafts_lost: list[str] = []
        self._crossing: Crossing | None = None
        self.ending: Ending | None = None
        """Sees to it that the process ends; none where the app is not the process, as in tests."""
        self.drafts_are_safe = False
        """Everything typed is on disk, and nothing more will be typed."""
        self._theme_problems = register_themes(self, options.paths.themes_dir)
        # Before anything is read: in another theme all of it would be read once more.
        self.begin_in_theme(self._theme_wanted())
        self.stylesheet = Sheet(variables=self.get_css_variables(), start=start)
        keymap, self._key_problems = apply_keys(self.commands, options.keys)
        self.set_keymap(keymap)
        self.draw_in_ascii(options.ascii)
        if options.reduced_motion:
            self.animation_level = "none"

    @property
    def services(self) -> Services:
        return self  # that this is one is checked here

    def now(self) -> float:
        return time.time()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Frames go to the driver cell by cell, where it can take them so; in tests without a terminal it cannot."""
        if isinstance(self._driver, TerminalDriver) and isinstance(renderable, LayoutUpdate | ChopsUpdate):
            taken: Any = Taken(renderable, self._driver.frames, self, screen.outer_size)
            renderable = taken
        super()._display(screen, renderable)

    def context(self, argument: str = "") -> CommandContext:
        return CommandContext(self.services, argument)

    # -- start and end ------------------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give style sheets the roles of the theme."""
        return app_role_variables(self)

    def on_mount(self) -> None:
        self._crossing = Crossing()
        self.opening.announce()
        self.push_screen(self.studio_screen)
        if self.when_settled is not None:
            self.set_timer(_SETTLED_SECONDS, self.when_settled)
        self.app_state.on_dirty = self.clock.wake
        self.studio.watch_others(True)
        note = self.options.paths.note
        for problem in (*self._theme_problems, *self._key_problems, *([note] if note else [])):
            self.tell(problem, "warning")
        # After the first paint; or without it, should a key take the screen away that was to be painted.
        self.call_after_refresh(self._begin)
        self.set_timer(_BEGIN_SECONDS, self._begin)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self.studio.threads.on_large = partial(wants_large, self)
            self.work.start(self.opening.begin(), "connecting")

    def on_app_focus(self) -> None:
        """Somebody looks at the terminal again."""
        self.studio.others.looking.set()

    def on_app_blur(self) -> None:
        """Nobody looks: servers need not be asked for news."""
        self.studio.others.looking.clear()

    def _theme_wanted(self) -> str:
        wanted = self.options.theme or DEFAULT_THEME
        if wanted in self.available_themes:
            return wanted
        theme = DEFAULT_THEME if DEFAULT_THEME in self.available_themes else "textual-dark"
        self._theme_problems.append(f"No theme is called {wanted}; using {theme}.")
        return theme

    def leave(self) -> None:
        self.work.start(self._leave())

    async def _leave(self) -> None:
        if await self.runs.may_leave():
            await self.action_quit()

    async def action_quit(self) -> None:
        """Quit at once (ctrl+q)."""
        self._asked_to_leave = True
        await self._shut_down(0)

    def kept(self, what: str, which: str = "") -> tuple[Drafts, DraftKey]:
        """Return where an editor keeps its text: for the server of now, under a name that it has at every start."""
        server = self.app_state.server
        key = DraftKey(server.lasting_name if server is not None else "", what, which)
        return Drafts(self.options.paths.drafts_dir), key

    def save_all_drafts(self) -> list[str]:
        """Put everything that is typed on disk, now and in this thread: for whatever is about to end the program.

        Needs neither the loop nor the network, may be called again and again, and never raises. Returns what could
        not be saved, in the user's words; that is remembered in `drafts_lost`, for whoever has the last word.
        """
        self.typeahead.end(later=not self._asked_to_leave)
        self.drafts_lost = self.unsaved.save()
        return self.drafts_lost

    def end_soon(self, number: int) -> None:
        """Begin to leave because of a signal; from any thread."""
        if self._crossing is not None:
            self._crossing.call(self._signalled, number)

    def _signalled(self, number: int) -> None:
        self.save_all_drafts()  # first of all: who knows how far the rest gets
        beside(self, partial(self._shut_down, 128 + number), "leaving")

    async def _shut_down(self, code: int) -> None:
        if self._leaving:
            return
        self._leaving = True
        if self.ending is not None:
            self.ending.within(LEAVE_SECONDS, code)
        self.save_all_drafts()
        self.drafts_are_safe = True
        self.clock.stop()
        if self.local is not None:
            self.local.close()
        try:
            async with asyncio.timeout(_HURRY_SECONDS if LINK.hurried else _NETWORK_SECONDS):
                await self.opening.remember()
                await self.studio.aclose()
        except TimeoutError:
            pass  # A network that does not let go must not keep the terminal.
        self.save_all_drafts()  # once more: the last keys may have been on their way
        self.exit(code, return_code=code)

    def _fatal_error(self) -> None:
        """Textual's trace shows local variables, keys among them: write a private file, show three lines."""
        self.save_all_drafts()
        error = self._exception or RuntimeError("unknown")
        self._exit_renderables.append(crash_report(error, self.options))
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """The exit path bypasses the output guard, so its text is plain and cleaned here."""
        for said in self._exit_renderables[:1]:
            text = said if isinstance(said, str) else f"studio-tui crashed: {type(said).__name__}"
            sys.stderr.write(clean_block(text) + "\n")
        self._exit_renderables.clear()

    @on(DetailWanted)
    def _show_detail(self, event: DetailWanted) -> None:
        from studio_tui.ui.screens.detail import DetailScreen

        self.go(DetailScreen(event.title, event.value, prose=True))

    @on(ContentWanted)
    def _show_content(self, event: ContentWanted) -> None:
        from studio_tui.ui.messages.content_screen import ContentScreen

        self.go(ContentScreen(event.part, event.where))

    # -- keys and commands -------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Let keys have their effect one after the other; a paste that nothing takes says so."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if not self.screen_stack:
                return  # the program is ending: its screens are gone, and so is what the key was meant for
            if not self.typeahead.admit(event):
                return
            if isinstance(event, events.Key):
                event = self._by_its_place(event)
            elif event.text and not self._takes_text():
                return
        elif isinstance(event, events.MouseDown) and self._is_on_the_way_out(event):
            return
        elif isinstance(event, events.Resize) and isinstance(self._driver, TerminalDriver):
            self._driver.frames.resized(event.size)
        await super().on_event(event)

    def _by_its_place(self, key: events.Key) -> events.Key:
        """Take a key by its place where the layout has no Latin letters, unless it is text for a field."""
        focused = self.focused
        if focused is not None and focused.check_consume_key(key.key, key.character):
            return key
        if is_foreign_letter(key) and not self._layout_told:
            self._layout_told = True
            self.tell("Commands are Latin letters: switch the keyboard's layout, or use the palette (^p).")
        return latin_key(key) or key

    def _takes_text(self) -> bool:
        """Whether a paste goes anywhere; where not, say where text goes."""
        focused = self.focused
        if isinstance(focused, Input) or (isinstance(focused, TextArea) and not focused.read_only):
            return True
        key = shown_key(self.commands.keys_of("input")[0])
        where = f"{key} goes to the composer" if self.screen is self.studio_screen else "the paste was left out"
        self.tell(f"Nothing takes text here: {where}.", "warning")
        return False

    def _is_on_the_way_out(self, event: events.MouseDown) -> bool:
        """Whether a click meets a widget that has left the tree and is only still drawn; Textual needs its parent."""
        try:
            widget, _region = self.screen.get_widget_at(event.x, event.y)
        except (NoWidget, ScreenStackError):
            return False
        return widget.parent is None

    async def action_command(self, command_id: str) -> None:
        """Run a command because its key was pressed."""
        command = self.commands[command_id]
        if isinstance(command.run, act) and command.problem(self.context()) is None:
            await self._act(command_id, command.run.action)
        else:
            self.perform(command_id)

    def perform(self, command_id: str, argument: str = "") -> None:
        """Run a command, or say why it cannot run now."""
        ctx = self.context(argument)
        command, problem = self.commands[command_id].on_page(ctx)
        problem = problem or command.problem(ctx)
        if problem is None and command.scope == "studio" and not command.over and self.screen is not self.studio_screen:
            from studio_tui.ui.screens.over import leave_pages

            problem = leave_pages(self)
        if problem is not None:
            self.tell(f"{command.short or command.title}: {problem.removesuffix('.')}.", "warning")
            return
        if isinstance(command.run, act):
            self.call_later(self._act, command.id, command.run.action)
            return
        outcome = command.run(ctx)
        if inspect.isawaitable(outcome):
            self.work.start(outcome, command.title, opens=command.opens)
        self.clock.urge()

    def here(self) -> frozenset[str]:
        shown = (screen for screen in reversed(self.screen_stack) if screen.id != "palette")
        return frozenset(found.binding.id for found in next(shown).active_bindings.values() if found.binding.id)

    def action_command_palette(self) -> None:
        from studio_tui.ui.app import palette

        palette.open_palette(self.services)

    async def _act(self, command_id: str, action: str) -> None:
        """Perform the action of a widget or screen, as its key does."""
        bound = self.screen.active_bindings.values()
        owner = next((found.node for found in bound if found.binding.id == command_id), None)
        if owner is not None:
            await self.run_action(action, owner)
            self.clock.urge()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Refuse every action that is not ours: text from servers may name actions, keys never do."""
        return action in _ACTIONS

    async def _broker_event(self, *_event: object, **_more: object) -> bool:
        """Run no action that a text's style names: all our clicks are handled by widgets."""
        return False

    # -- talking to the user ------------------------------------------------------------------------------------

    def tell(self, text: str, severity: Severity = "information") -> None:
        plain_notify(self, text, severity)

    def tell_error(self, error: StudioError) -> None:
        from studio_tui.ui.kit.dialogs.dialogs import ErrorDialog

        if len(error.detail) > 200 or "\n" in error.detail:
            self.push_screen(ErrorDialog(error))
        else:
            plain_notify(self, error)

    def go(self, screen: Screen[Any]) -> None:
        self.push_screen(screen)

    async def ask(self, dialog: Screen[T | None]) -> T | None:
        """Show a dialog and return its answer; commands call this from their worker."""
        with self.work.asking():
            try:
                return await self.push_screen_wait(dialog)
            except asyncio.CancelledError:
                if self.is_running and not self._exit:
                    beside(self, partial(self._withdraw, dialog), "closing a dialog")
                raise

    async def _withdraw(self, dialog: Screen[T | None]) -> None:
        """Take away a dialog whose answer nobody waits for any more: esc came while it opened."""
        for _ in range(_MOUNTS):
            if dialog.is_mounted or not self.is_running or dialog not in self.screen_stack:
                break
            await asyncio.sleep(0.02)
        if self.is_running and self.screen_stack and self.screen is dialog:
            self.pop_screen()
