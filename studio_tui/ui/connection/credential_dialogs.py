"""Before a key goes to a server that the user did not name, and after a server refused one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Button, Input

from studio_tui.address import origin_of
from studio_tui.config.credentials import is_header_name
from studio_tui.config.servers import ServerChoice
from studio_tui.errors import StudioError
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.ui.connection.commands import TRUST
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.commands import BETWEEN
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.text_inputs import SteadyInput

_SENDS = "enter Send  {field-next} Next field  {dialog-close} Back"


class TrustDialog(Dialog[bool]):
    """Names host and key; True sends the key, False connects without it, None does not connect.

    No single key says yes: what is typed ahead of a dialog that opens by itself must not give a key away.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(TRUST)
    heading = "Send your key to this server?"

    def __init__(self, choice: ServerChoice) -> None:
        super().__init__()
        self._choice = choice

    def parts(self) -> ComposeResult:
        choice = self._choice
        scheme, host, port = origin_of(choice.base_url)
        sent = "\n".join(f"  sends   {clean(item, 160)}" for item in choice.asks)
        text = (
            f"You did not name this server: {choice.why}.\n\n"
            f"  server  {clean(choice.base_url, 300)}\n"
            f"  host    {clean(host, 200)}, port {port}, {scheme}{'' if scheme == 'https' else ' (not encrypted)'}\n"
            f"{sent}"
        )
        yield PlainStatic(text, classes="dialog-text")
        with Horizontal(classes="dialog-buttons"):
            yield Button(with_keys(self, "{trust-no} No"), id="stay")
            yield Button(with_keys(self, "{trust-without} Without it"), id="without")
            yield Button(with_keys(self, "{trust-send} Send it"), id="send", variant="error")
        words = "No does not connect; a yes is remembered for this host."
        keys = "{trust-send} Send it  {trust-without} Connect without the key  enter Confirm  {trust-no} No"
        yield self.hint(keys, words)

    def on_mount(self) -> None:
        self.query_one("#stay").focus()

    def action_choose(self, answer: str) -> None:
        """Move to an answer; enter confirms it."""
        self.query_one(f"#{answer}").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss({"send": True, "without": False}.get(event.button.id or ""))


class HeaderDialog(Dialog[tuple[str, str]]):
    """Asks for a header after a 401: its name and its value, which goes to this host only and is not kept on disk."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(BETWEEN)

    def __init__(self, host: str, error: StudioError) -> None:
        super().__init__()
        self.heading = f"{clean(host, 60)} wants credentials"
        self._host = host
        self._error = error

    def parts(self) -> ComposeResult:
        said = "\n".join(part for part in (self._error.title, self._error.detail) if part)
        yield PlainStatic(clean_block(said, 1000), classes="dialog-text")
        yield PlainStatic("Name of the header (x-api-key, Authorization, …)", classes="dialog-hint")
        yield SteadyInput("Authorization", id="header-name", classes="dialog-field")
        yield PlainStatic("Its value; env:NAME takes it from the environment", classes="dialog-hint")
        yield SteadyInput(password=True, id="header-value", classes="dialog-field")
        where = f"It is sent to {clean(self._host, 60)} and nowhere else, until you leave, and written to no file."
        yield self.hint(_SENDS, where)

    def on_mount(self) -> None:
        self.query_one("#header-value").focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        name = self.query_one("#header-name", Input).value.strip()
        value = self.query_one("#header-value", Input).value.strip()
        problem = "" if is_header_name(name) else "This is no header name."
        if not value:
            problem = problem or "The value is empty."
        elif not (value.isascii() and value.isprintable()):
            problem = problem or "The value holds a character that no header may hold."
        if problem:
            self.tell(problem, _SENDS)
            return
        self.dismiss((name, value))
