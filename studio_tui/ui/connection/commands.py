"""The connection: another server, the log of requests, the log of the local server."""

from __future__ import annotations

from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.screens.commands import ViewCommands


def _http_log(ctx: CommandContext) -> None:
    from studio_tui.ui.connection.log_screens import HttpLogScreen

    ctx.services.go(HttpLogScreen())


def _server_log(ctx: CommandContext) -> None:
    from studio_tui.ui.connection.log_screens import ServerLogScreen

    ctx.services.go(ServerLogScreen())


def _has_local(ctx: CommandContext) -> str | None:
    return None if ctx.services.local is not None else "only for servers that studio-tui started (demo, dev)"


async def _server(ctx: CommandContext) -> None:
    opening = ctx.services.opening
    if ctx.argument:
        await opening.go(await opening.chosen(ctx.argument))
    else:
        opening.show_connect()


_in_trust = ViewCommands("trust", "Trust", hidden=True)
TRUST = (
    _in_trust("before", "Before", "Go to the choice before.", "left", does="app.focus_previous"),
    _in_trust("next", "Next", "Go to the next choice.", "right", does="app.focus_next"),
    _in_trust("send", "Send", "Send the key.", "y", does="choose('send')"),
    _in_trust("without", "Without", "Connect without the key.", "w", does="choose('without')"),
    _in_trust("no", "No", "Stay here.", "n", does="choose('stay')"),
)

_in_http_log = ViewCommands("http-log", "Logs", hidden=True)
HTTP_LOG = (
    _in_http_log("curl", "Copy as curl", "Copy the request as curl, without the key.", "Y", does="copy_curl"),
    _in_http_log("follow", "Follow", "Stay at the end while rows arrive.", "F"),
    _in_http_log("close", "Back", "Go back.", "at"),
)

_in_server_log = ViewCommands("server-log", "Logs", hidden=True)
SERVER_LOG = (
    _in_server_log("follow", "Follow", "Stay at the end while lines arrive.", "F"),
    _in_server_log("close", "Back", "Go back.", "ctrl+l"),
)

_in_connect = ViewCommands("connect", "Connect", hidden=True)
CONNECT = (
    _in_connect("back", "Back", "Go back to the server that is connected.", "escape"),
    _in_connect("demo", "Demo", "Start the demo server.", "ctrl+d", everywhere=True),  # a field would take it
)


def commands() -> list[Command]:
    return [
        Command(
            "http-log", "HTTP log", "Every request with status, time and size.",
            _http_log, ("at",), "General", scope="app",
        ),
        Command(
            "server-log", "Server log", "What the server that studio-tui started writes.",
            _server_log, ("ctrl+l",), "General", scope="app", available=_has_local,
        ),
        Command(
            "server", "Connect to another server", "Go to another server, by URL or profile.", _server, ("S",),
            "General", short="Server", argument="URL",
            complete=lambda ctx: [*ctx.services.options.profiles, *ctx.services.options.recent], over=True,
        ),
        *TRUST, *HTTP_LOG, *SERVER_LOG, *CONNECT,
    ]  # fmt: skip
