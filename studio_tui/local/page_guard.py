"""Starts `langgraph dev` with a guard before it: programs of this machine are answered, foreign web pages are not.

A web page needs no CORS allowance for a plain POST, nor when its own name is made to mean 127.0.0.1. So a request that
names a foreign host is refused, and so is one from a page which the server's own CORS settings do not let in: an image
or a script of the page, too, for which browsers send no `Origin`. A link that leads here opens.

Run as a script in place of `python -m langgraph_cli`, also by an interpreter that has no studio-tui: standard library
only. The project is not touched: the guard stands outside its application. `page_guard.cjs` is the same for JavaScript.
"""

from __future__ import annotations

import importlib
import ipaddress
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HOSTS = "STUDIO_TUI_DEV_HOSTS"
"""More host names that mean this server, separated by commas: of a tunnel or a proxy before it."""
REFUSED = (
    "This development server answers programs of this machine and the pages that its CORS settings name.\n"
    "Started by studio-tui: CORS_ALLOW_ORIGINS or http.cors lets a page in, --allow-host another host name.\n"
)


class PageGuard:
    """ASGI: refuses foreign hosts and foreign pages before the application sees the request."""

    def __init__(self, app: App, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(host.strip().lower() for host in hosts if host.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or refuse it."""
        if scope["type"] not in ("http", "websocket") or await self._may_pass(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "foreign web page"})
        else:
            body = REFUSED.encode()
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _may_pass(self, scope: Scope) -> bool:
        headers = {name: value.decode("latin-1") for name, value in scope.get("headers", ())}
        host, page = headers.get(b"host"), _page(headers)
        if host is not None and not self._is_ours(f"//{host}"):
            return False
        if page is None or self._is_ours(page) or scope.get("method") == "OPTIONS":
            return True
        return await self._lets_in(scope, page)

    def _is_ours(self, url: str) -> bool:
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        if host == "localhost" or host.endswith(".localhost") or host in self._hosts:
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    async def _lets_in(self, scope: Scope, origin: str) -> bool:
        """Ask the application what a browser would ask it first: may a page of `origin` send this?"""
        method = str(scope.get("method", "GET")).encode("latin-1")
        asked = [(name, value) for name, value in scope.get("headers", ()) if name == b"host"]
        asked.append((b"origin", origin.encode("latin-1")))
        question = {
            **scope,
            "type": "http",
            "method": "OPTIONS",
            "scheme": str(scope.get("scheme", "http")).replace("ws", "http"),
            "headers": [*asked, (b"access-control-request-method", method)],
        }
        allowed: list[str] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            for name, value in message.get("headers", ()):
                if name.lower() == b"access-control-allow-origin":
                    allowed.append(value.decode("latin-1"))

        try:
            await self._app(question, receive, send)
        except Exception:  # what an application of the user's does with it is its own matter
            return False
        return allowed in (["*"], [origin])


def _page(headers: Mapping[bytes, str]) -> str | None:
    """The origin of the web page that sends a request; None for a program, for our own page, or for a followed link.

    No page can leave out or forge `Sec-Fetch-Site`; it can leave out `Referer`, and is then one that nobody knows.
    """
    if (origin := headers.get(b"origin")) is not None:
        return origin
    if headers.get(b"sec-fetch-site") != "cross-site":
        return None
    if headers.get(b"sec-fetch-mode") == "navigate" and headers.get(b"sec-fetch-dest") == "document":
        return None
    try:
        referer = urlsplit(headers.get(b"referer", ""))
    except ValueError:
        return "null"
    return f"{referer.scheme}://{referer.netloc}" if referer.netloc else "null"


def install() -> None:
    """Let every server that this process starts stand behind the guard; the reloaded ones are such processes too."""
    config = importlib.import_module("uvicorn.config").Config
    load = config.load

    def guarded(self: Any) -> None:
        load(self)
        self.loaded_app = PageGuard(self.loaded_app, os.environ.get(HOSTS, "").split(","))

    config.load = guarded


if __name__ in ("__main__", "__mp_main__"):
    if __name__ == "__main__" and not getattr(sys.flags, "safe_path", False):
        # What `-m` does: the project's folder comes first, and never the one of this file.
        sys.path[0] = os.getcwd()
    install()

if __name__ == "__main__":
    importlib.import_module("langgraph_cli.cli").cli(prog_name="langgraph")
