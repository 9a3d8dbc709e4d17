"""What a server answered, and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct

from studio_tui.client.failures import not_json
from studio_tui.client.paths import is_read
from studio_tui.client.sure import mark_ambiguous
from studio_tui.client.target import Target
from studio_tui.errors import ProtocolError, RejectedError, StudioError
from studio_tui.jsonkit.received import Broken, parse_received, parse_records, text_of
from studio_tui.jsonkit.value import Json

if TYPE_CHECKING:
    from studio_tui.jsonkit.shared import Texts

RESPONSE_LIMIT = 16 * 1024 * 1024
"""Bytes of one answer; streams have their own limit per event."""
LOOK_LIMIT = 256 * 1024
"""Bytes of an answer that is only looked at."""
READ_TIMEOUT = 30.0
"""Seconds between two pieces of an answer."""

Query = Mapping[str, str | int | Sequence[str]]


class Question(Struct, frozen=True):
    """One request: all that tells it from another to the same target."""

    method: str
    path: str
    """Relative to the base URL, without query."""
    query: str = ""
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Beside those that every request to this target has."""
    limit: int = RESPONSE_LIMIT
    """Bytes of the answer at most."""
    look: bool = False
    """The answer is wanted whatever its status, and of its body at most the first bytes."""

    @classmethod
    def of(
        cls,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        limit: int = RESPONSE_LIMIT,
    ) -> Question:
        """Return the request; a body is sent with everything but GET, because servers refuse empty ones.

        RejectedError for a body that is no JSON.
        """
        content = None
        if method in ("POST", "PUT", "PATCH") or body is not None:
            content = _encode({} if body is None else body)
        return cls(method, path, urlencode(query or {}, doseq=True), content, tuple((headers or {}).items()), limit)

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing on the server."""
        return is_read(self.method, self.path)


class Answer(Struct, frozen=True):
    """A successful answer, not yet read as JSON."""

    target: Target
    status: int
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes | bytearray
    is_write: bool = False
    lacks: Callable[[str], None] | None = None
    """Tells the log which records of the answer could not be read; None where nobody keeps one."""
    seconds: float = 0.0
    """From the request to the end of the answer."""
    number: int = 0
    """Of its entry in the log."""

    def json(self, texts: Texts | None = None) -> Json:
        """Return the body as JSON, None when it is empty; StudioError when it is something else.

        `texts` is how the answer before is written, where that is large and much the same.
        """
        if not self.body or self.body.isspace():
            return None
        try:
            return parse_received(self.body, texts)
        except ValueError:
            pass
        raise mark_ambiguous(self._not_json()) if self.is_write else self._not_json()

    def records(self, texts: Texts | None = None) -> list[Json | Broken]:
        """Return the elements of the array that the body holds; StudioError when it is something else."""
        try:
            return parse_records(self.body, texts)
        except ValueError:
            pass
        self.json()
        raise ProtocolError(f"{self.target.host} answered something else than a list")

    def _not_json(self) -> StudioError:
        return not_json(self.target, text_of(self.body[:4096]), self.headers.get("content-type", ""))


def _encode(body: Json) -> bytes:
    """Return ASCII JSON, which holds any string, lone surrogates included."""
    try:
        return json.dumps(body, allow_nan=False).encode("ascii")
    except (ValueError, RecursionError, TypeError) as error:
        why = "It is nested too deeply." if isinstance(error, RecursionError) else "NaN and infinities are no JSON."
        raise RejectedError("This value cannot be sent", why, "Change it and send it again.") from None
