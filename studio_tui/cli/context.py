"""What every command gets: arguments, settings, the chosen server, and the two writers."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from studio_tui.cli.asking import confirm
from studio_tui.cli.output.stderr import say
from studio_tui.cli.output.stdout import Output
from studio_tui.config.paths import Paths, expanded
from studio_tui.config.schema import Settings
from studio_tui.config.servers import ServerChoice, Servers
from studio_tui.config.trust import Trust
from studio_tui.domain.run_request import UNSET, Unset
from studio_tui.errors import TooLargeError, UsageError
from studio_tui.jsonkit.value import Json
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.client.api import Client
    from studio_tui.client.target import Target
    from studio_tui.core.studio import Studio
    from studio_tui.domain.http_exchange import HttpExchange


class CliContext(Struct):
    """One invocation of the program."""

    args: argparse.Namespace
    settings: Settings
    paths: Paths
    out: Output

    def agreed(self, question: str) -> bool:
        """Ask before something is deleted; `--yes` has agreed already."""
        return confirm(question, yes=getattr(self.args, "yes", False))

    def choice(self, url: str = "") -> ServerChoice:
        """Return the server that flags, profile, environment or configuration name. Raises UsageError."""
        servers = self.servers()
        chosen = servers.named(url) if url else servers.start() or servers.default()
        for warning in chosen.warnings:
            say(f"warning: {warning}")
        for note in chosen.notes:
            say(f"note: {note}")
        return chosen

    def servers(self) -> Servers:
        """Return what decides which key goes where. Raises UsageError."""
        headers = getattr(self.args, "header", None) or ()
        return Servers(self.settings, os.environ, headers=headers, trust=Trust(self.paths.trust_file))

    def target(self, url: str = "") -> Target:
        """Return the chosen server as the client wants it; asks before a key goes where nobody sent it before."""
        from studio_tui.client.target import Target

        choice = self.choice(url)
        target = Target.of(self._trusted(choice) if choice.waits else choice)
        self.out.keep_secret(target.keys)
        return target

    def _trusted(self, choice: ServerChoice) -> ServerChoice:
        """Return the choice with its key after a yes on the terminal. Raises UsageError on anything else."""
        sent = ", ".join(choice.asks)
        allow = f"If you trust it, name it yourself: --base-url {choice.base_url}"
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError(f"Nothing was sent to {choice.base_url}: {choice.why}", f"It would get {sent}.", allow)
        # `--yes` is about deleting; it never gives a key away.
        if not confirm(f"Send {sent} to {choice.base_url}? ({choice.why})", yes=False):
            raise UsageError(f"Nothing was sent to {choice.base_url}", f"It would have got {sent}.", allow)
        granted = self.servers().granted(choice)
        for warning in granted.warnings:
            say(f"warning: {warning}")
        return granted

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """Open a client on the chosen server and close it afterwards."""
        from studio_tui.client.api import Client

        client = Client(self.target(), on_exchange=_tell_unread)
        client.takes_any_size = True  # what is asked for here is one thing, and wanted
        try:
            yield client
        finally:
            await client.aclose()

    @asynccontextmanager
    async def studio(self, *, record: str = "") -> AsyncIterator[Studio]:
        """Connect the application core to the chosen server, without a network thread.

        With `record` everything that the server tells is written to that file. Raises UsageError when it exists.
        """
        from studio_tui.core.studio import Studio

        recorder = None
        if record:
            from studio_tui.core.recording.recorder import Recorder

            recorder = Recorder(_new_file(record))
            studio = Studio(threaded=False, client_factory=recorder.make_client)
            studio.runtime.on_frame = recorder.hear
        else:
            studio = Studio(threaded=False)
        studio.threads.on_large = _takes_large
        try:
            await studio.connect(self.target())
            await studio.connection.settled()
            yield studio
        finally:
            await studio.aclose()
            if recorder is not None and recorder.problem:
                say(f"warning: the recording {record} is incomplete: {recorder.problem}")


async def _takes_large(_: TooLargeError) -> bool:
    """A thread that is named on the command line is wanted, however large its state is."""
    return True


def _new_file(name: str) -> Path:
    path = expanded(name)
    if path.exists():
        raise UsageError(f"{path} exists", "A recording is written to a new file.", "Name another, or remove it.")
    return path


_QUOTED = "Quote it for the shell: '{\"key\": 1}'."
LONGEST_YAML = 10_000_000
"""Characters of YAML that a file may have."""


def json_argument(text: str | None, flag: str) -> Any:
    """Return the JSON that `--flag` holds, or None when it is absent. Raises UsageError with line and column."""
    if text is None:
        return None
    from studio_tui.jsonkit.typed import parse_json

    value, problem = parse_json(text)
    if problem is not None:
        raise UsageError(f"{flag} is not valid JSON", clean(str(problem), 300), _QUOTED)
    return value


def input_argument(text: str | None, flag: str = "--input") -> Json | Unset:
    """Return the value of `--input` (JSON or YAML, `@file` or `-` for standard input), UNSET without one.

    Raises UsageError.
    """
    if text is None:
        return UNSET
    if text == "-":
        return _input_value(sys.stdin.read(), "standard input")
    return _input_value(text_of(text), str(expanded(text[1:])) if text.startswith("@") else flag)


def text_of(text: str) -> str:
    """Return an argument, of `@file` what stands in the file. Raises UsageError."""
    if not text.startswith("@"):
        return text
    path = expanded(text[1:])
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read", error.strerror or "", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text", f"Byte {error.start} is not UTF-8.", "Save it as UTF-8.") from error


def _tell_unread(exchange: HttpExchange) -> None:
    if exchange.unread:
        say(f"warning: {exchange.unread}")


def _input_value(text: str, where: str) -> Json:
    """Return the value of JSON or YAML text; what begins like JSON is JSON."""
    from studio_tui.jsonkit.yaml_text import parse_typed

    value, problem = parse_typed(text, LONGEST_YAML)
    if problem is None:
        return value
    kind = "JSON" if text.lstrip()[:1] in ("", "{", "[", '"') else "JSON or YAML"
    raise UsageError(f"{where} is not valid {kind}", clean(str(problem), 300), _QUOTED)


def object_argument(text: str | None, flag: str) -> dict[str, Any]:
    """Return the JSON object that `--flag` holds, `{}` when absent. Raises UsageError."""
    value = json_argument(text, flag)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UsageError(f"{flag} must be a JSON object", "", "Example: '{\"key\": 1}'.")
    return value
