"""The connection to one server: its client on the network's loop, whether the link is up, and getting it back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from msgspec.structs import replace

from studio_tui.core.connection.background import Background
from studio_tui.core.connection.descriptions import Descriptions
from studio_tui.core.connection.network import InlineNetwork, Network, ThreadNetwork
from studio_tui.core.connection.ports import ClientFactory, ServerClient
from studio_tui.core.connection.timings import Timings
from studio_tui.core.state.app_state import AppState, LinkState, Slice
from studio_tui.crossing import Crossing
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.domain.server import NOTHING, Greeting, ServerInfo
from studio_tui.errors import ConnectError, StudioError, UsageError
from studio_tui.text.hint import Hint

if TYPE_CHECKING:
    from studio_tui.client.target import Target

T = TypeVar("T")

LOOK_SECONDS = 5.0
LATEST_SECONDS = 5.0
"""When the OpenAPI file is read at the latest, whatever else is still under way."""
_TICK = 1.0
_LINK_NOTICE = "link"
_MOST_UNREAD = 100


def default_client(target: Target, *, on_exchange: Callable[[HttpExchange], None] | None = None) -> ServerClient:
    """Make the real client; its libraries are imported only now."""
    from studio_tui.client.api import Client

    return Client(target, on_exchange=on_exchange)


class Connection:
    """Runs client calls on the network's loop and keeps `AppState.link` true."""

    def __init__(
        self,
        app_state: AppState,
        background: Background,
        timings: Timings,
        *,
        client_factory: ClientFactory | None,
        threaded: bool,
        descriptions: Descriptions,
    ) -> None:
        self._app_state = app_state
        self._background = background
        self._timings = timings
        self._make_client = client_factory or default_client
        self._client: ServerClient | None = None
        self.network: Network = ThreadNetwork() if threaded else InlineNetwork()
        self.target: Target | None = None
        self._descriptions = descriptions
        self._said = NOTHING
        """What the server's OpenAPI file said, now or the last time."""
        self._urged = asyncio.Event()
        """The OpenAPI file is wanted now, or nothing else is that it would hold up."""
        self._is_told = asyncio.Event()
        """Nothing that is still to come of the OpenAPI file could change how the server is spoken to."""
        self.on_up: Callable[[], None] = lambda: None
        """Hears that a lost link is back."""
        self._looking: tuple[ServerClient, asyncio.Task[ConnectError | None]] | None = None
        """Who is asked for a sign of life right now."""
        self._attempts = 0
        """How often a lost link was tried again since it was last up for long (`Timings.healthy`)."""
        self._up_since = 0.0
        self._unread: dict[tuple[str, str], None] = {}
        """What was said already: path of the list, and what it lacks."""

    @property
    def info(self) -> ServerInfo:
        """What the probe found; raises UsageError before `open`."""
        if self._app_state.server is None:
            raise _not_connected()
        return self._app_state.server

    @property
    def dialect(self) -> Dialect:
        """How the server speaks; as most do while there is none."""
        return self._app_state.server.dialect if self._app_state.server is not None else Dialect()

    @property
    def client(self) -> ServerClient:
        """The client, for use on the network's loop only; raises UsageError before `open`."""
        if self._client is None:
            raise _not_connected()
        return self._client

    async def open(self, target: Target, *, beside: Callable[[], None] = lambda: None) -> ServerInfo:
        """Make a client and probe the server; raises StudioError and leaves no client behind.

        `beside` is called once requests can be sent: what is asked by tasks that it starts, the probe need not wait
        for, nor ask again. A later call of this wins: this one then fails, whatever its server answers.
        """
        await self.close()
        self.target = target
        self._set_link(LinkState.CONNECTING)
        crossing = Crossing()
        made: list[ServerClient] = []

        async def make() -> None:
            made.append(
                self._make_client(target, on_exchange=lambda exchange: crossing.call(self._log_exchange, exchange))
            )

        async def drop() -> None:
            for client in made:
                await client.aclose()

        try:
            await self.network.call(make)
            self.check_newest(target)
            self._client = made[0]
            said = await self._descriptions.read(target.lasting_name)
            self.check_newest(target)
            self._said = said
            beside()
            await asyncio.sleep(0)  # those tasks come first
            greeting = await self._greeted(made[0], target)
            self.check_newest(target)
        except BaseException:
            if self.target is target:
                self._leave()
            with suppress(ConnectError):  # the network is closed, and with it all that was there
                await self.network.finish(drop)  # also one that is made after the wait for it was given up
            raise
        self._app_state.profile, self._app_state.readonly = target.profile, target.readonly
        self._welcome(made[0], greeting, target)
        self._attempts, self._up_since = 0, time.monotonic()
        self._set_link(LinkState.UP)
        return greeting.info

    def check_newest(self, target: Target) -> None:
        """Raise ConnectError where another server was chosen after `target`: what is open then is not its client."""
        if self.target is not target:
            raise ConnectError("Another server was chosen", f"{target.host} was given up for it.")

    async def _greeted(self, client: ServerClient, target: Target | None) -> Greeting:
        said = self._said
        found: Greeting = await self.network.call(lambda: client.greet(said))
        return replace(found, info=_placed(found.info, target))

    def _welcome(self, client: ServerClient, greeting: Greeting, target: Target | None) -> None:
        """Take over what a server told at once; the rest is read when it holds nothing up."""
        self._app_state.server = greeting.info
        self._urged.clear()
        if greeting.is_described:
            self._is_told.set()
        else:
            self._is_told.clear()
        if greeting.has_more:
            self._background.replace(self._describe(client, greeting.info, target), "description")

    async def _describe(self, client: ServerClient, info: ServerInfo, target: Target | None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._urged.wait(), LATEST_SECONDS)
        try:
            described, said = await self.network.call(lambda: client.describe(info))
        except StudioError:
            return  # the link is lost, and when it is back all this begins anew
        finally:
            if client is self._client:
                self._is_told.set()
        if client is self._client:
            self._said = said
            self._app_state.server = server = _placed(described, target)
            self._app_state.touch(Slice.CONNECTION)
            await self._descriptions.write(server.lasting_name, said)

    def urge_description(self) -> None:
        """What is shown first is there: the OpenAPI file may come now."""
        self._urged.set()

    async def settled(self) -> None:
        """Wait until it is known how the server is to be spoken to; what is sent before could be misunderstood."""
        self._urged.set()
        await self._is_told.wait()

    async def close(self) -> None:
        """Close the client; the network itself stays for the next one."""
        client = self._leave()
        if client is not None:
            # Nobody else has it any more: who gives up waiting must not leave its sockets open.
            await self.network.finish(client.aclose)

    def _leave(self) -> ServerClient | None:
        """There is no server any more, before anything is waited for: the next one may be chosen meanwhile."""
        client, self._client = self._client, None
        self._background.cancel("link")
        self._background.cancel("description")
        self._is_told.set()  # whoever waits for that finds no server
        self._app_state.server = None
        self._app_state.next_retry_in = None
        self._set_link(LinkState.NONE)
        return client

    async def aclose(self) -> None:
        try:
            await self.close()
        finally:
            await self.network.aclose()

    async def call(self, fn: Callable[[ServerClient], Awaitable[T]]) -> T:
        """Run `fn(client)` on the network's loop; where the server cannot be reached any more, the retries start.

        One route may fail alone (it is redirected, or its answers break off): that is told by who asked for it.
        """
        client = self.client

        async def work() -> T:
            return await fn(client)

        try:
            result = await self.network.call(work)
        except ConnectError as error:
            if client is self._client and self._app_state.link is LinkState.UP:
                lost = error if error.unreachable else await self._looked(client)
                if lost is not None and client is self._client:
                    self._went_down(error)
            raise
        if client is self._client and self._app_state.link is LinkState.DOWN:
            self._came_up()
        return result

    def suspect(self) -> None:
        """Something else lost its connection: find out whether the server still answers."""
        if self._client is not None and self._app_state.link is LinkState.UP:
            self._background.replace(self.look(), "link")

    async def look(self) -> bool:
        """Ask the server for a sign of life and return whether it gave one; without one the retries start.

        A development server that failed to reload still takes connections, and never answers.
        """
        client = self.client
        lost = await self._looked(client)
        if lost is not None and client is self._client:
            self._went_down(lost)
        return lost is None

    def is_lost(self, error: StudioError) -> bool:
        """Whether a failure is that of a lost link: the top row tells it, and all is read again when it is back."""
        return isinstance(error, ConnectError) and self._app_state.link is not LinkState.UP

    async def _looked(self, client: ServerClient) -> ConnectError | None:
        """Return why the server gives no sign of life, None where it does; who asks at once shares one question."""
        if self._looking is None or self._looking[0] is not client or self._looking[1].done():
            self._looking = (client, self._background.spawn(self._sign_of_life(client), "sign of life"))
        return await asyncio.shield(self._looking[1])

    async def _sign_of_life(self, client: ServerClient) -> ConnectError | None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self.network.call(client.greet)
        except TimeoutError:
            return ConnectError("The server does not answer", f"It said nothing within {LOOK_SECONDS:g} s.")
        except ConnectError as failure:
            return failure
        except StudioError:
            return None  # it answers, and that is what was asked
        return None

    def _went_down(self, error: ConnectError) -> None:
        if self._app_state.link is not LinkState.UP:
            return  # that is known, or `open` tells it
        if time.monotonic() - self._up_since > self._timings.healthy:
            self._attempts = 0
        self._set_link(LinkState.DOWN)
        # The top row says that it is tried again, and when.
        self._app_state.tell(error.title, error.detail, severity="warning", key=_LINK_NOTICE)
        self._background.replace(self._retry(), "link")

    async def _retry(self) -> None:
        client = self.client
        while self._app_state.link is LinkState.DOWN:
            left = self._timings.backoff(self._attempts)
            self._attempts += 1  # also of one that works: a link that is lost again at once is not tried at once
            while left > 0:
                self._app_state.next_retry_in = left
                self._app_state.touch(Slice.CONNECTION)
                await asyncio.sleep(min(left, _TICK))
                left -= _TICK
            try:
                greeting = await self._greeted(client, self.target)
            except StudioError:
                continue
            self._welcome(client, greeting, self.target)
            self._came_up()

    def _came_up(self) -> None:
        self._app_state.next_retry_in = None
        self._up_since = time.monotonic()
        self._set_link(LinkState.UP)
        self._app_state.withdraw(_LINK_NOTICE)
        self.on_up()

    def _set_link(self, link: LinkState) -> None:
        self._app_state.link = link
        self._app_state.touch(Slice.CONNECTION)

    def _log_exchange(self, exchange: HttpExchange) -> None:
        log = self._app_state.http_log
        for index in range(len(log) - 1, max(len(log) - 50, 0) - 1, -1):
            if log[index].seq == exchange.seq:
                log[index] = exchange
                break
        else:
            log.append(exchange)
        self._app_state.touch(Slice.HTTP_LOG)
        if exchange.unread:
            self._tell_unread(exchange)

    def _tell_unread(self, exchange: HttpExchange) -> None:
        """Say that a list is short, once for each that is: lists are read again and again."""
        path = urlsplit(exchange.url).path
        if (path, exchange.unread) in self._unread:
            return
        self._unread[path, exchange.unread] = None
        if len(self._unread) > _MOST_UNREAD:
            self._unread.pop(next(iter(self._unread)))
        hint = "The list shows the others; the log of requests has the answer."
        detail = f"{exchange.unread}. ({exchange.method} {path})"
        title = "The server sent what cannot be read"
        self._app_state.tell(title, detail, hint, severity="warning", key=f"unread {path}")


def _placed(info: ServerInfo, target: Target | None) -> ServerInfo:
    return replace(info, place=target.place) if target is not None and target.place else info


def _not_connected() -> UsageError:
    return UsageError("Not connected", "There is no server yet.", Hint("Connect to one first ({server})."))
