"""Every error that a user can meet, each with what happened, why, and what to do.

    StudioError
    ├── UsageError          the command line, a config file or a form holds something unusable
    ├── ReadOnlyError       a write was asked for in read-only mode; nothing was sent
    ├── ConnectError        no answer: DNS, TCP, TLS, timeout, or not a LangGraph server
    ├── AuthError           401 or 403
    ├── NotFoundError       404, or the empty answers that servers give instead
    │   └── GraphGoneError  the graph of a thread or assistant is not served (any more)
    ├── ConflictError       409: busy thread, duplicate
    ├── RejectedError       other 4xx: the server did not accept the request
    ├── ServerError         5xx
    ├── ProtocolError       an answer that is not what the protocol says
    ├── UnsupportedError    this server does not have the endpoint
    ├── RunFailedError      the run itself failed (exit code 1 of the command line)
    └── LocalServerError    `langgraph dev` could not be started or died
        └── ProjectError    no project, or a `langgraph.json` that cannot be used

The texts are display text: whoever raises passes foreign parts through `text.sanitize` first.
"""

from __future__ import annotations


class StudioError(Exception):
    """Base of all errors: `title` says what, `detail` why, `hint` what to do next."""

    exit_code = 1
    retry_after: float | None = None
    """Seconds that the server asks to wait before another attempt."""
    ambiguous: bool = False
    """A write was sent and its answer lost: it may or may not have been carried out."""
    final: bool = False
    """The same request would fail in the same way again, whatever happens in between."""
    said: str = ""
    """What the server itself said (one safe line); empty when that was no more than the status says."""

    def __init__(self, title: str, detail: str = "", hint: str = "", *, status: int | None = None) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.hint = hint
        self.status = status

    def __str__(self) -> str:
        return " · ".join(part for part in (self.title, self.detail) if part)


class UsageError(StudioError):
    """Something the user typed or configured cannot be used."""

    exit_code = 2


class ReadOnlyError(StudioError):
    """A write was asked for in read-only mode."""

    exit_code = 2


class ConnectError(StudioError):
    """The server gave no usable answer."""

    exit_code = 3
    unreachable: bool = False
    """No connection stood at all: whatever else is asked now will fail as well."""


class AuthError(StudioError):
    """The server refused the credentials."""

    exit_code = 3


class NotFoundError(StudioError):
    """The thing asked for does not exist on the server."""

    exit_code = 4


class GraphGoneError(NotFoundError):
    """The server does not serve the graph (any more); threads and assistants of it may still be there."""


class ConflictError(StudioError):
    """The server refused because something else is going on or already exists."""


class RejectedError(StudioError):
    """The server did not accept the request."""

    exit_code = 2


class ServerError(StudioError):
    """The server failed."""


class ProtocolError(StudioError):
    """The server answered something that the protocol does not allow."""


class TooLargeError(ProtocolError):
    """An answer is larger than what is read of one; asking for less may help."""

    size: int | None = None
    """Bytes of it, where the server told before it sent them."""


class UnsupportedError(StudioError):
    """The server lacks this feature."""

    exit_code = 4


class RunFailedError(StudioError):
    """A run ended with an error."""


class LocalServerError(StudioError):
    """The local development server could not be started or died."""

    exit_code = 3


class ProjectError(LocalServerError):
    """There is no project to start, or its `langgraph.json` cannot be used: nothing was started."""

    exit_code = 2
