"""From parsed arguments to an open studio: chooses the server or starts a local one, then hands over to `ui.run`."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from studio_tui.cli import kept_modules
from studio_tui.cli.compiled import Compiled
from studio_tui.cli.kept_modules_file import settle
from studio_tui.config.start_cache import StartCache
from studio_tui.config.state import Remembered, read_state
from studio_tui.errors import StudioError, UsageError
from studio_tui.terminal import refusal

if TYPE_CHECKING:
    import argparse

    from studio_tui.config.paths import Paths
    from studio_tui.config.schema import Settings
    from studio_tui.config.servers import ServerChoice, Servers
    from studio_tui.local import LocalServer
    from studio_tui.ui.contracts.options import UiOptions

_PROBE_SECONDS = 0.5
FRAMES_PER_SECOND = "120"
"""How often Textual may paint: a key waits for its next tick. Data keeps to the frame clock; idle costs nothing."""


def open_ui(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    """Open the studio for the command line in `args` and return the exit code. Raises StudioError."""
    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)
    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)  # empty it says nothing (no-color.org), but Textual would show greys
    gc.disable()  # imports make much and drop little; `calm()` switches it on again when the screen stands
    start = StartCache(paths.start_file)
    for kept in kept_modules.STARTS:
        start.later(partial(settle, kept))
    start.when_distrusted.append(kept_modules.distrust)
    try:
        with Compiled(start):
            return _open(args, settings, paths, start)
    except StudioError:
        raise
    except Exception:
        start.distrust()
        raise


def _open(args: argparse.Namespace, settings: Settings, paths: Paths, start: StartCache) -> int:
    local = _local_server(args, paths)
    if local is None:
        return _run(args, settings, paths, None, start)
    try:
        if not refusal(os.environ, sys.stdin, sys.stdout):
            # It takes longer to answer than the screen to stand: it starts while the UI is imported.
            with suppress(StudioError):  # which `start` will tell, with the screen to tell it on
                local.spawn()
        return _run(args, settings, paths, local, start)
    finally:
        local.close()


def _run(
    args: argparse.Namespace, settings: Settings, paths: Paths, local: LocalServer | None, start: StartCache
) -> int:
    # Only now, as all that is to find what it compiles in `start`.
    from studio_tui.config.servers import Servers
    from studio_tui.config.trust import Trust

    if args.command == "replay":
        from studio_tui.ui.app.run import run_ui

        return run_ui(_offline(args, settings, paths), start)
    remembered = read_state(paths.state_file)
    headers = getattr(args, "header", None) or ()
    servers = Servers(settings, os.environ, headers=headers, trust=Trust(paths.trust_file))
    choice = None if local else _choice(servers)
    wanted = _assistant(args, choice, remembered, local)
    asker = None
    if choice is not None and not refusal(os.environ, sys.stdin, sys.stdout):
        from studio_tui.cli.ask_ahead import ask_ahead

        asker = ask_ahead(choice, wanted, paths)
    try:
        from studio_tui.ui.app.run import run_ui

        options = _options(args, settings, paths, remembered, servers, choice, local)
        options = replace(options, assistant=wanted, make_client=asker.make_client if asker else None)
        return run_ui(options, start)
    finally:
        if asker is not None:
            asker.end()


def _offline(args: argparse.Namespace, settings: Settings, paths: Paths) -> UiOptions:
    """How a recording is opened: nothing of the session is kept, and no key is looked for."""
    from studio_tui.core.recording.replay import Offline

    offline = Offline(Path(args.file), args.speed)
    options = _shared_options(args, settings, paths)
    thread = options.thread or offline.thread_id or ""
    return replace(options, target=offline.target(), offline=offline, thread=thread)


def _shared_options(args: argparse.Namespace, settings: Settings, paths: Paths) -> UiOptions:
    """What is the same whatever is opened."""
    from studio_tui.ui.contracts.options import UiOptions

    return UiOptions(
        assistant=args.assistant,
        thread=args.thread,
        at=args.at,
        theme=settings.theme,
        theme_from=_theme_from(settings, paths),
        ascii=settings.ascii,
        keys=settings.keys,
        reduced_motion=settings.reduced_motion,
        log_file=settings.log_file,
        paths=paths,
    )


def _theme_from(settings: Settings, paths: Paths) -> str:
    files = {"user": str(paths.config_file), "project": str(paths.project_file)}
    named = {"flag": "--theme", "env": "STUDIO_TUI_THEME", **files}
    return named.get(settings.theme_source, "")


def _local_server(args: argparse.Namespace, paths: Paths) -> LocalServer | None:
    if args.command not in ("demo", "dev"):
        return None
    from studio_tui.local import DevOptions, demo_server, project_server

    if args.command == "demo":
        return demo_server(paths)
    if args.wait_for_client and not args.debug_port:
        raise UsageError("--wait-for-client needs --debug-port", "", "Name the port that the debugger attaches to.")
    options = DevOptions(
        args.allow_blocking, args.n_jobs_per_worker, args.debug_port, args.wait_for_client, tuple(args.allow_host)
    )
    return project_server(Path(args.path), paths, options=options)


def _choice(servers: Servers) -> ServerChoice | None:
    from studio_tui.config.servers import DEFAULT_URL

    chosen = servers.start()
    if chosen is None and _answers(DEFAULT_URL):
        chosen = servers.default()
    return chosen


def _options(
    args: argparse.Namespace,
    settings: Settings,
    paths: Paths,
    remembered: Remembered,
    servers: Servers,
    choice: ServerChoice | None,
    local: LocalServer | None,
) -> UiOptions:
    last = _last(choice, remembered, local) if args.go_on else {}
    if args.go_on and not (args.thread or last.get("thread")):
        if args.command == "demo":
            hint = (
                "To keep them, run `studio-tui demo --serve` in another terminal, "
                "and open the studio with --base-url and the URL that it prints."
            )
            raise UsageError("The demo has no threads to go on with", "Its server forgets them when it ends.", hint)
        where = choice.base_url if choice is not None else local.launch.folder if local else "any server"
        hint = "Leave --continue out; the threads of the server are listed in the studio."
        raise UsageError(f"Nothing is remembered of {where}", "No thread was open there when you left.", hint)
    return replace(
        _shared_options(args, settings, paths),
        thread=args.thread or last.get("thread", ""),
        panel=last.get("panel", ""),
        choice=choice,
        local=local,
        studio_user=not getattr(args, "no_studio_user", False),
        assistant_asked=bool(args.assistant),
        servers=servers,
        profiles=settings.profiles,
        recent=tuple(remembered.servers),
    )


def _last(choice: ServerChoice | None, remembered: Remembered, local: LocalServer | None) -> dict[str, str]:
    """Return what was open there when the user left."""
    if local is not None:
        return remembered.opened_on("", local.launch.place)
    return remembered.opened_on(choice.base_url) if choice is not None else {}


def _assistant(
    args: argparse.Namespace, choice: ServerChoice | None, remembered: Remembered, local: LocalServer | None
) -> str:
    """Return which assistant is to be selected, as far as that is known before the server is asked."""
    last = _last(choice, remembered, local) if local is None or args.go_on else {}
    return args.assistant or (choice.assistant if choice else "") or last.get("assistant", "")


def _answers(base_url: str) -> bool:
    """Tell whether a LangGraph server answers there, at once; nothing secret is sent."""
    import http.client
    import json

    parts = urlsplit(base_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", "/info")
        answer = json.loads(connection.getresponse().read(64 * 1024))
    except (OSError, ValueError, RecursionError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return isinstance(answer, dict) and "flags" in answer
