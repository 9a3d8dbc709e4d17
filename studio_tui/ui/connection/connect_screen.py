"""The Connect screen: servers used before, a URL, the project in this folder; and why the last attempt failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Button, Input, OptionList

from studio_tui.config.paths import here
from studio_tui.config.servers import DEFAULT_URL
from studio_tui.config.state import read_state
from studio_tui.errors import LocalServerError, StudioError
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Span
from studio_tui.ui.connection.commands import CONNECT
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import told, with_keys
from studio_tui.ui.kit.dialogs.columns import Row
from studio_tui.ui.kit.dialogs.leaving import LeavingScreen
from studio_tui.ui.kit.dialogs.pick_list import PickList
from studio_tui.ui.kit.forms.letters import keep
from studio_tui.ui.kit.key_row import KeyRow
from studio_tui.ui.kit.terminal.safe import PlainStatic, set_title
from studio_tui.ui.kit.text_inputs import SteadyInput
from studio_tui.ui.screens.top_row import TopRow

_OTHER_ROWS = 20
_MOST_ROWS = 10
ABOUT = (
    "Watch LangGraph agents run: step, answer, edit state, go back in time.\n"
    "Type a server's address, pick one below, or start the demo ({connect-demo})."
)
"""What the program is, and what to do here."""

_KEYS = "enter Connect  tab Next field  {connect-demo} Demo  ^q Quit  {~help} Help  {connect-back} Back"


class ConnectScreen(LeavingScreen[None]):
    """Choose a server. esc goes back to the studio."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CONNECT)
    AUTO_FOCUS = "#connect-url"
    heading = "Connect"
    DEFAULT_CSS = "ConnectScreen #connect-about { height: auto; color: $role-muted; margin-bottom: 1; }"

    def __init__(self, error: StudioError | None = None, url: str = "") -> None:
        super().__init__(id="connect")
        self._error = error
        self._url = url
        self._project: Path | None = None
        self.status = TopRow(self.heading)

    def clock_panels(self) -> Iterator[Widget]:
        yield self.status

    def compose(self) -> ComposeResult:
        yield self.status
        with Vertical(id="connect-box") as box:
            set_title(box, "Connect to a LangGraph server")
            yield PlainStatic(with_keys(self, ABOUT), id="connect-about")
            yield PlainStatic("", id="connect-error")
            yield PlainStatic("URL or profile", classes="connect-label")
            yield SteadyInput(self._url, placeholder=DEFAULT_URL, id="connect-url")
            yield PlainStatic("Environment variable with the API key, if the server wants one", classes="connect-label")
            yield SteadyInput(placeholder="LANGSMITH_API_KEY", id="connect-key")
            yield Button("Connect", id="connect-go", variant="primary")
            yield Button("Start the project in this folder", id="connect-project")
            yield Button("Start the demo server", id="connect-demo")
            yield PlainStatic("Used before", classes="connect-label", id="connect-recent-label")
            yield PickList(id="connect-recent")
            yield KeyRow(_KEYS)

    def on_mount(self) -> None:
        app = self.services
        used = read_state(app.options.paths.state_file).servers if app.options.remembers else []
        names = list(dict.fromkeys([*app.options.profiles, *used, *app.options.recent]))
        recent = self.query_one("#connect-recent", PickList)
        recent.show([self._row(name) for name in names], None)
        recent.display = self.query_one("#connect-recent-label").display = bool(names)
        self._names = names
        self._project = _project_here()
        button = self.query_one("#connect-project", Button)
        button.display = self._project is not None
        self.show_error(self._error)

    def on_key(self, event: events.Key) -> None:
        """No letter is a command here, whatever has the focus."""
        keep(event, self)

    def on_resize(self) -> None:
        """The list gives way, so that neither buttons nor keys are pushed out."""
        rows = self.size.height - _OTHER_ROWS - (2 if self._project is not None else 0)
        self.query_one("#connect-recent").styles.max_height = max(3, min(_MOST_ROWS, rows))

    def _row(self, name: str) -> Row:
        """Tell a profile with its server and whether it may be written to; a URL as it is."""
        app_state, known = self.services.studio.app_state, self.services.options.profiles.get(name)
        url = app_state.server.base_url if app_state.server is not None and not app_state.profile else ""
        here = name == (url if known is None else app_state.profile)
        mark = Span("here  ", "mark") if here else Span("      ")
        if known is None:
            return Row((mark, Span(clean(name, 200))))
        badge = (Span(" READONLY ", "badge"),) if known.readonly else ()
        return Row((mark, Span(clean(name, 60), "key bold")), (Span(clean(known.base_url, 120), "muted"),), badge)

    def show_error(self, error: StudioError | None) -> None:
        """Show why the last attempt failed, with what to do."""
        place = self.query_one("#connect-error", PlainStatic)
        place.display = error is not None
        self.query_one("#connect-about").display = error is None  # what went wrong is more urgent
        if error is not None:
            local = self.services.local
            log = with_keys(self, "{server-log} shows the server's whole log") if local and local.tail else ""
            said = filter(None, [error.title, error.detail, told(self, error.hint), log])
            place.set_text(clean_block("\n".join(said), 4000))

    @on(Input.Submitted)
    @on(Button.Pressed, "#connect-go")
    def _entered(self) -> None:
        self._connect(self.query_one("#connect-url", Input).value)

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        name = self._names[event.option_index]
        self.query_one("#connect-url", Input).value = name
        self._connect(name)

    @on(Button.Pressed, "#connect-project")
    def _start_project(self) -> None:
        if self._project is not None:
            self._start(partial(self.services.opening.start_project, self._project), "starting the project's server")

    @on(Button.Pressed, "#connect-demo")
    def action_demo(self) -> None:
        """Start the bundled demo server."""
        from studio_tui.local import demo_server

        services = self.services
        self._start(
            lambda: services.opening.start_local(demo_server(services.options.paths)), "starting the demo server"
        )

    def action_back(self) -> None:
        """Go back to the studio, connected or not."""
        self.dismiss()

    def _connect(self, text: str) -> None:
        key_env = self.query_one("#connect-key", Input).value.strip()
        self._start(partial(self._connected, text.strip(), key_env), "connecting")

    async def _connected(self, text: str, key_env: str) -> None:
        opening = self.services.opening
        choice = await opening.chosen(text, key_env)
        if text and choice.base_url != text and text not in opening.servers.profiles:
            self.query_one("#connect-url", Input).value = choice.base_url  # what is connected to is on screen
        await opening.go(choice)

    def _start(self, work: Callable[[], Awaitable[None]], label: str) -> None:
        async def guarded() -> None:
            try:
                await work()
            except StudioError as error:
                self.show_error(error)

        self.services.work.start(guarded(), label, group="connect")


def _project_here() -> Path | None:
    from studio_tui.local.project import find_config

    try:
        return find_config(here())
    except (LocalServerError, OSError):
        return None
