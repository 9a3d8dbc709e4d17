"""What all families of endpoints share: the connection, how the server speaks, and reading pages of records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from studio_tui.client.answer import READ_TIMEOUT, Answer, Query
from studio_tui.client.http import Http
from studio_tui.client.identity import dialect_of
from studio_tui.client.paths import segment
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import ThreadId
from studio_tui.errors import ProtocolError
from studio_tui.jsonkit.received import Broken
from studio_tui.jsonkit.value import Json, JsonObject, as_digits, is_object
from studio_tui.text.fmt import plural
from studio_tui.wire.decode import records_of
from studio_tui.wire.page import Page

if TYPE_CHECKING:
    from studio_tui.jsonkit.shared import Texts

T = TypeVar("T")


class Endpoints:
    """Base of the families; how the server speaks is found out once, where servers differ."""

    def __init__(self, http: Http) -> None:
        self.http = http

    async def dialect(self) -> Dialect:
        """Return how the server speaks, from what it shows of itself when it was not probed."""
        if self.http.known_dialect is None:
            self.http.known_dialect = await dialect_of(self.http)
        return self.http.known_dialect

    async def get_object(
        self, path: str, *, query: Query | None = None, timeout: float | None = READ_TIMEOUT
    ) -> JsonObject:
        return object_in(await self.http.request("GET", path, query=query, timeout=timeout))


def object_in(answer: Answer, texts: Texts | None = None) -> JsonObject:
    """Return the object that an answer holds; ProtocolError when it is something else."""
    value = answer.json(texts)
    if not is_object(value):
        raise ProtocolError(f"{answer.target.host} answered something else than an object")
    return value


def required(value: T | None, what: str) -> T:
    """Return what was decoded; ProtocolError when the answer did not hold it."""
    if value is None:
        raise ProtocolError(f"The server's answer holds no {what}")
    return value


def read_records(
    answer: Answer, decode: Callable[[Json], T | None], what: str = "record", texts: Texts | None = None
) -> tuple[list[T], list[str], int]:
    """Return the records of a list, in words which of them could not be read (safe text), and how many there are.

    The log of requests hears of these too. ProtocolError when there are records and none can be read: an empty list
    would say that there is nothing.
    """
    records: list[Json | Broken] = answer.records(texts)
    items, problems = records_of(records, decode)
    if problems and not items:
        raise ProtocolError(f"No {what} of the list could be read", problems[0])
    if problems and answer.lacks is not None:
        answer.lacks(f"{len(problems)} of {plural(len(records), what)} missing. {problems[0]}")
    return items, problems, len(records)


def page_of(answer: Answer, decode: Callable[[Json], T | None], *, limit: int, offset: int) -> Page[T]:
    """Read a page; the pagination headers are believed only as far as they are true (PROTOCOL §1.3).

    ProtocolError when there are records and none can be read.
    """
    items, problems, count = read_records(answer, decode)
    end = offset + count
    following = as_digits(answer.headers.get("x-pagination-next", ""))
    total = as_digits(answer.headers.get("x-pagination-total", ""))
    if following is not None:
        more, total = following > offset, None  # Python's total is then only `next + 1`
    elif total is not None:
        more = count > 0 and total > end
        total = total if count or not offset else None
    else:
        more = count >= limit > 0
    return Page(items, (following or end) if more else None, total, tuple(problems))


def given(**fields: Json) -> dict[str, Json]:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def holds(value: Mapping[str, Json], sent: Mapping[str, Json]) -> bool:
    """Whether an object of the server has every field that was sent, with its value."""
    return all(name in value and value[name] == wanted for name, wanted in sent.items())


def thread_path(thread_id: ThreadId | str) -> str:
    return f"/threads/{segment(thread_id, 'thread')}"
