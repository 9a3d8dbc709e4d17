"""The connection: another server, the log of requests, the log of the local server."""

from __future__ import annotations

from functools import partial

from studio_tui.ui.contracts.command import Command, CommandContext, act


def _http_log(ctx: CommandContext) -> None:
    from studio_tui.ui.connection.log_screens import HttpLogScreen

    ctx.services.go(HttpLogScreen())


def _server_log(ctx: CommandContext) -> None:
    from studio_tui.ui.connection.log_screens import ServerLogScreen

    ctx.services.go(ServerLogScreen())


def _has_local(ctx: CommandContext) -> str | None:
    return None if ctx.services.local is not None else "only for servers that studio-tui started (demo, dev)"


async def _server(ctx: CommandContext) -> None:
    if ctx.argument:
        await ctx.services.opening.switch_server(ctx.argument)
    else:
        ctx.services.opening.show_connect()


def _server_names(ctx: CommandContext) -> list[str]:
    return [*ctx.services.options.profiles, *ctx.services.options.recent]


_in_trust = partial(Command, group="Trust", scope="trust", hidden=True)
TRUST = (
    _in_trust("trust-before", "Before", "Go to the choice before.", act("app.focus_previous"), ("left",)),
    _in_trust("trust-next", "Next", "Go to the next choice.", act("app.focus_next"), ("right",)),
    _in_trust("trust-send", "Send", "Send the key.", act("choose('send')"), ("y",)),
    _in_trust("trust-without", "Without", "Connect without the key.", act("choose('without')"), ("w",)),
    _in_trust("trust-no", "No", "Stay here.", act("choose('stay')"), ("n",)),
)

_in_http_log = partial(Command, group="Logs", scope="http-log", hidden=True)
HTTP_LOG = (
    _in_http_log(
        "http-log-curl", "Copy as curl", "Copy the request as curl, without the key.", act("copy_curl"), ("Y",)
    ),
    _in_http_log("http-log-follow", "Follow", "Stay at the end while rows arrive.", act("follow"), ("F",)),
    _in_http_log("http-log-close", "Back", "Go back.", act("close"), ("at",)),
)

_in_server_log = partial(Command, group="Logs", scope="server-log", hidden=True)
SERVER_LOG = (
    _in_server_log("server-log-follow", "Follow", "Stay at the end while lines arrive.", act("follow"), ("F",)),
    _in_server_log("server-log-close", "Back", "Go back.", act("close"), ("ctrl+l",)),
)

_in_connect = partial(Command, group="Connect", scope="connect", hidden=True)
CONNECT = (
    _in_connect("connect-back", "Back", "Go back to the server that is connected.", act("back"), ("escape",)),
    _in_connect("connect-demo", "Demo", "Start the demo server.", act("demo"), ("ctrl+d",)),
)


def commands() -> list[Command]:
    return [
        Command(
            "http-log", "HTTP log", "Every request with status, time and size.",
            _http_log, ("at",), "General",
        ),
        Command(
            "server-log", "Server log", "What the server that studio-tui started writes.",
            _server_log, ("ctrl+l",), "General", scope="app", available=_has_local,
        ),
        Command(
            "server", "Server", "Go to another server, by URL or profile.", _server, ("S",), "General",
            argument="URL", complete=_server_names,
        ),
        *TRUST, *HTTP_LOG, *SERVER_LOG, *CONNECT,
    ]  # fmt: skip
