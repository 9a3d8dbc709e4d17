"""The connection: another server, the log of requests, the log of the local server."""

from __future__ import annotations

from studio_tui.ui.contracts.command import Command, CommandContext


def _http_log(ctx: CommandContext) -> None:
    from studio_tui.ui.connection.http_log_screen import HttpLogScreen

    ctx.services.go(HttpLogScreen())


def _server_log(ctx: CommandContext) -> None:
    from studio_tui.ui.connection.server_log_screen import ServerLogScreen

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


def commands() -> list[Command]:
    """Return the commands of this group."""
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
    ]  # fmt: skip
