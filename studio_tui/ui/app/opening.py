"""How a session begins: start the local server, connect, select what was asked for, remember what is open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from studio_tui.config.servers import normal_url
from studio_tui.config.state import read_state, write_state
from studio_tui.domain.ids import CheckpointId
from studio_tui.errors import ConnectError, StudioError, UsageError
from studio_tui.log import LOGGER
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span

if TYPE_CHECKING:
    from studio_tui.client.target import Target
    from studio_tui.local import LocalServer
    from studio_tui.ui.app.app import StudioApp


class Opening:
    """Brings the studio to a server. Failures end on the Connect screen with their reason, never in an exit."""

    def __init__(self, app: StudioApp) -> None:
        self._app = app
        self._selected = False
        """What the command line names was selected: it does not apply to servers visited later."""

    async def begin(self) -> None:
        """Do what the command line asked for."""
        options = self._app.options
        if options.local is not None:
            await self.start_local(options.local)
        elif options.target is not None:
            await self.connect(options.target)
        else:
            self.show_connect()

    async def start_local(self, server: LocalServer) -> None:
        """Start a development server, show its log while it starts, and connect to it."""
        app = self._app
        app.local = server
        server.listen(app.studio.on_server_log)
        title = clean(server.launch.title)
        app.studio_screen.banner.say((Span(f" Starting {title}", "warn"), Span(" · ctrl+l shows its log", "muted")))
        try:
            base_url = await server.start()
        except StudioError as error:
            self.show_connect(error)
            return
        finally:
            app.studio_screen.banner.say(None)
        await self.connect(self.resolve(base_url))

    async def start_project(self, path: Path) -> None:
        """Start the server of the user's project. Raises LocalServerError."""
        from studio_tui.local import project_server

        server = project_server(path)
        if self._app.local is not None:
            await self._app.local.stop()
        await self.start_local(server)

    async def connect(self, target: Target) -> None:
        """Connect and select; on failure show the Connect screen with the reason."""
        app = self._app
        try:
            await app.studio.connect(target)
        except StudioError as error:
            self.show_connect(error, url=target.base_url)
            return
        app.close_connect()
        await self._select()
        self.remember()

    async def switch_server(self, text: str) -> None:
        """Go to another server by URL or profile name. Raises UsageError; the old one stays until then."""
        await self.connect(self.resolve(text))

    def resolve(self, text: str, key_env: str = "") -> Target:
        """Return the target for a URL or profile name. Raises UsageError."""
        from studio_tui.client.target import Target

        if key_env:
            return self._with_key(text, key_env)
        resolve = self._app.options.resolve
        return resolve(text) if resolve is not None else Target(normal_url(text))

    def _with_key(self, text: str, key_env: str) -> Target:
        import os

        from studio_tui.client.target import Target

        value = os.environ.get(key_env, "").strip()
        if not value:
            raise UsageError(f"The environment variable {clean(key_env)} is not set", "", "Set it, or name another.")
        made = self.resolve(text)
        headers = {name: held for name, held in made.headers.items() if name.lower() != "x-api-key"}
        return Target(made.base_url, {**headers, "x-api-key": value}, readonly=made.readonly, profile=made.profile)

    def show_connect(self, error: StudioError | None = None, *, url: str = "") -> None:
        """Show the Connect screen, with why the last attempt failed."""
        self._app.open_connect(error, url)

    async def _select(self) -> None:
        """Select assistant and thread: what the command line names (once), else the first assistant."""
        app = self._app
        options = app.options
        profile = options.settings.get(app.studio.store.profile)
        named = profile.assistant if profile is not None else ""
        wanted, thread = (named, "") if self._selected else (options.assistant, options.thread)
        self._selected = True
        key = wanted or self._first_assistant()
        if key:
            try:
                await app.studio.select_assistant(key)
            except StudioError as error:
                app.tell_error(error)
                if first := self._first_assistant():
                    await app.studio.select_assistant(first)
        else:
            hint = "Check `graphs` in the server's langgraph.json."
            app.tell_error(ConnectError("This server has no assistants", "There is nothing to run.", hint))
        if thread:
            at = CheckpointId(options.at) if options.at else None
            await app.studio.open_thread(thread, at=at)
        app.studio_screen.focus_composer()

    def _first_assistant(self) -> str:
        """Return the assistant to begin with: of a server started here the project's first graph, else the newest."""
        assistants = self._app.studio.store.assistants
        if self._app.local is not None:
            from studio_tui.local.project import first_graph

            graph = first_graph(self._app.local.launch)
            if any(item.graph_id == graph for item in assistants):
                return graph
        return assistants[0].assistant_id if assistants else ""

    async def choose_assistant(self, key: str) -> None:
        """Select an assistant; a thread of another graph is left, because its state would not fit."""
        studio, store = self._app.studio, self._app.studio.store
        assistant = await studio.select_assistant(key)
        thread = store.thread
        if thread is not None and thread.graph_id and thread.graph_id != assistant.graph_id:
            await studio.new_thread()
        self.remember()

    def remember(self) -> None:
        """Note server and assistant for the next session; a full disk is no reason to disturb."""
        options, store = self._app.options, self._app.studio.store
        if options.paths is None or store.server is None or self._app.local is not None:
            return
        try:
            state = read_state(options.paths.state_file)
            state.used(store.server.base_url, assistant=store.assistant_id or "", thread=store.thread_id or "")
            write_state(options.paths.state_file, state)
        except OSError as error:
            LOGGER.warning("the session could not be remembered: %s", error)
