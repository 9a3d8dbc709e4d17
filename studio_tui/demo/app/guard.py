"""Keeps web pages out of the demo server: a page of any site that the browser shows could otherwise start runs here.

A page gets no CORS allowance, but needs none for a plain POST, nor when its own name is made to mean 127.0.0.1. So a
request that names another host than this machine, or comes from a page of one, is refused.
"""

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OWN_NAMES = {"127.0.0.1", "localhost", "::1"}
REFUSED = "This demo server answers only programs of this machine.\n"


class OnlyThisMachine:
    """Refuses foreign Host and Origin headers before anything else sees the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or refuse it."""
        headers = {name: value.decode("latin-1") for name, value in scope.get("headers", ())}
        if scope["type"] == "http" and not (_ours(headers.get(b"host")) and _ours(headers.get(b"origin"), page=True)):
            await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _ours(value: str | None, *, page: bool = False) -> bool:
    if value is None:
        return True
    try:
        host = urlsplit(value if page else f"//{value}").hostname
    except ValueError:
        return False
    return host in OWN_NAMES


app = Starlette(middleware=[Middleware(OnlyThisMachine)])
