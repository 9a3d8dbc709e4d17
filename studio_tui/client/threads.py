"""Endpoints of threads: the list, single threads, copies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from studio_tui.client.endpoints import Endpoints, given, holds, object_in, page_of, required, thread_path
from studio_tui.client.identity import is_no_route
from studio_tui.client.sure import is_gone, once
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, first_words
from studio_tui.domain.thread_query import MOST_COLUMNS
from studio_tui.errors import ConflictError, NotFoundError, RejectedError, StudioError, TooLargeError, UnsupportedError
from studio_tui.jsonkit.value import Json, JsonObject, as_count, as_object, as_str
from studio_tui.text.sanitize import clean_block
from studio_tui.wire.decode import KEY_PATHS, WORD_PATHS, thread_of
from studio_tui.wire.page import Page
from studio_tui.wire.thread_stream import MODES

if TYPE_CHECKING:
    from studio_tui.client.sse import RunStream

SELECT: tuple[str, ...] = ("thread_id", "status", "metadata", "created_at", "updated_at", "interrupts")
"""Columns of a thread list; without it servers send every thread's whole values."""
_SMALL_PAGE = 100
"""Threads that any server gives at once."""
_LOOK_EVERY = 0.05
_LOOKS_AT_ONCE = 8


class ThreadEndpoints(Endpoints):
    """Calls about threads."""

    async def threads(
        self,
        *,
        status: str = "",
        metadata: JsonObject | None = None,
        ids: Sequence[str] | None = None,
        limit: int = 50,
        offset: int = 0,
        sort_by: str = "updated_at",
        sort_order: str = "desc",
        columns: Sequence[str] = (),
        with_values: bool = False,
    ) -> Page[Thread]:
        """Return one page of threads without their values; `columns` are paths whose texts become `Thread.cells`.

        Where the server cannot extract them, `with_values` has it send whole values for them, which may be much.
        """
        if limit > _SMALL_PAGE:
            limit = min(limit, (await self.dialect()).most_threads)
        body = given(
            status=status or None,
            metadata=metadata or None,
            ids=list(ids) if ids is not None else None,
            limit=limit,
            offset=offset,
            sort_by=sort_by,
            sort_order=sort_order,
            select=[*SELECT, "values"] if with_values else SELECT,
        )
        paths = {f"c{number}": path for number, path in enumerate(columns)}
        if not with_values:
            extract = {**paths, **WORD_PATHS} if len(paths) + len(WORD_PATHS) <= MOST_COLUMNS else paths
            extract.update(list(KEY_PATHS.items())[: max(0, MOST_COLUMNS - len(extract))] if extract != paths else [])
            body["extract"] = extract
        try:
            answer = await self.http.request("POST", "/threads/search", body=body)
        except TooLargeError:
            if body.get("extract", paths) == paths:
                raise
            body["extract"] = paths  # somebody's first words are whole pictures
            answer = await self.http.request("POST", "/threads/search", body=body)
        except RejectedError as error:
            if "select" not in str(error) and "extract" not in str(error):
                raise
            body = {name: part for name, part in body.items() if name not in ("select", "extract")}
            answer = await self.http.request("POST", "/threads/search", body=body)
        return page_of(answer, lambda item: thread_of(item, paths), limit=limit, offset=offset)

    async def thread_count(self, *, status: str = "", metadata: JsonObject | None = None) -> int | None:
        """Return how many threads match, None where the server cannot say."""
        body = given(status=status or None, metadata=metadata or None)
        try:
            answer = await self.http.request("POST", "/threads/count", body=body)
        except (UnsupportedError, NotFoundError, RejectedError):
            return None
        return as_count(answer.json())

    async def thread(self, thread_id: ThreadId | str) -> Thread:
        """Return one thread; NotFoundError."""
        return required(thread_of(await self.get_object(thread_path(thread_id))), "thread")

    async def thread_values(self, thread_id: ThreadId | str) -> Json:
        """Return the values that the thread's row keeps: a cache, good for looking where no state can be read."""
        return (await self.get_object(thread_path(thread_id))).get("values")

    async def thread_words(self, thread_id: ThreadId | str) -> str:
        """Return the first words of a human in a thread, from its row or else its state; raw, empty without any."""
        path = thread_path(thread_id)
        row = await self.get_object(path)
        if "values" not in row:
            row = await self.get_object(f"{path}/state")
        return first_words(row.get("values"))

    async def threads_words(self, ids: Sequence[str], keys: Sequence[str]) -> dict[ThreadId, str]:
        """Return what threads are called by their values of these state keys, of which servers pick at most ten; raw.

        Threads that have none, and ids that are not there, are left out.
        """
        extract = {f"k{number}": f"values.{key}" for number, key in enumerate(keys[:MOST_COLUMNS])}
        body: JsonObject = {"ids": list(ids), "limit": len(ids), "select": ["thread_id"], "extract": extract}
        answer = await self.http.request("POST", "/threads/search", body=body)

        def named(item: Json) -> tuple[ThreadId, str]:
            found = as_object(as_object(item).get("extracted"))
            words = first_words({key: found.get(name) for name, key in zip(extract, keys, strict=False)})
            return ThreadId(as_str(as_object(item).get("thread_id"))), words

        page = page_of(answer, named, limit=len(ids), offset=0)
        return {thread_id: words for thread_id, words in page.items if words}

    async def create_thread(
        self,
        *,
        thread_id: ThreadId | str | None = None,
        metadata: JsonObject | None = None,
        if_exists: str = "raise",
        supersteps: Sequence[JsonObject] | None = None,
    ) -> Thread:
        """Create a thread, with a history when `supersteps` are given; ConflictError when the id is taken.

        RejectedError also when the thread was made but its history could not be: some servers say that with 201.
        """
        own_id = thread_id or str(uuid4())  # chosen here, so that the thread can be found when the answer is lost
        body = given(
            thread_id=own_id,
            metadata=metadata,
            if_exists=if_exists,
            supersteps=list(supersteps) if supersteps else None,
        )
        value = await once(
            lambda: self._created(body, is_ours=thread_id is None), lambda: self._thread_if_any(str(own_id))
        )
        thread = thread_of(value)
        if thread is None and as_str(value.get("detail")):
            why = clean_block(self.http.target.scrub(as_str(value.get("detail"))), 2000)
            raise RejectedError(
                "The thread was created, but not its history", why, "Delete the thread, then try again."
            )
        return required(thread, "thread")

    async def copy_thread(self, thread_id: ThreadId | str) -> Thread:
        """Copy a thread with all its checkpoints; NotFoundError."""
        self.http.check_allowed("POST", f"{thread_path(thread_id)}/copy")
        newest = await self._newest_threads(1)
        return await once(
            lambda: self._copied(thread_id), lambda: self._copy_made_since(thread_id, newest[0] if newest else None)
        )

    async def _copied(self, thread_id: ThreadId | str) -> Thread:
        try:
            answer = await self.http.request("POST", f"{thread_path(thread_id)}/copy")
        except NotFoundError as error:
            if is_no_route(error):
                raise UnsupportedError("This server cannot copy a thread", "It has no such route.") from None
            raise
        except ConflictError:
            await self.thread(thread_id)  # an unknown thread is a conflict to some servers, and not found here
            raise
        return required(thread_of(answer.json()), "thread")

    async def _newest_threads(self, limit: int) -> list[Thread]:
        with suppress(StudioError):
            return list((await self.threads(limit=limit, sort_by="created_at")).items)
        return []

    async def _copy_made_since(self, thread_id: ThreadId | str, before: Thread | None) -> Thread | None:
        """The one thread that is newer than `before` and has the same metadata; None without one, or with several."""
        since = (before.created_at or 0.0) if before is not None else 0.0
        original = await self.thread(thread_id)
        newer = [item for item in await self._newest_threads(10) if (item.created_at or 0.0) > since]
        found = [item for item in newer if dict(item.metadata) == dict(original.metadata)]
        return found[0] if len(found) == 1 and found[0].thread_id != original.thread_id else None

    async def _created(self, body: JsonObject, *, is_ours: bool) -> JsonObject:
        try:
            return object_in(await self.http.request("POST", "/threads", body=body))
        except ConflictError as error:
            if is_ours:  # nobody else can know the id: a gateway has sent the request twice
                error.ambiguous = True
            raise

    async def _thread_if_any(self, thread_id: str) -> JsonObject | None:
        try:
            return await self.get_object(thread_path(thread_id))
        except NotFoundError:
            return None

    async def patch_thread(self, thread_id: ThreadId | str, metadata: JsonObject) -> Thread:
        """Merge `metadata` into the thread's; a null is stored as null."""

        async def send() -> Thread:
            answer = await self.http.request("PATCH", thread_path(thread_id), body={"metadata": metadata})
            return thread_of(answer.json()) or await self.thread(thread_id)

        async def look() -> Thread | None:
            now = await self.thread(thread_id)
            return now if holds(now.metadata, metadata) else None

        return await once(send, look)

    async def delete_thread(self, thread_id: ThreadId | str) -> None:
        """Delete a thread, its checkpoints and its runs, also running ones."""

        async def send() -> bool:
            await self.http.request("DELETE", thread_path(thread_id))
            return True

        await once(send, lambda: is_gone(lambda: self.thread(thread_id)))

    async def prune_threads(self, thread_ids: Sequence[str], *, strategy: str = "delete") -> int | None:
        """Delete several threads at once, or with `keep_latest` all their checkpoints but the newest.

        Return how many threads there were, None when the server does not say.
        """
        body: dict[str, Json] = {"thread_ids": list(thread_ids), "strategy": strategy}
        left, wanted = list(thread_ids), len(thread_ids)

        async def send() -> int | None:
            value = object_in(await self.http.request("POST", "/threads/prune", body=body))
            return as_count(value.get("pruned_count"))

        async def look() -> int | None:
            left[:] = await self._not_pruned(left, whole=strategy == "delete")
            return wanted if not left else None

        def trace() -> str:
            done = wanted - len(left)
            return f"So far it is carried out for {done} of {wanted} threads." if done else ""

        return await once(send, look, trace)

    async def _not_pruned(self, thread_ids: Sequence[str], *, whole: bool) -> list[str]:
        """Return those of the threads that are still there; where the newest checkpoint stays, those with more."""
        found: list[str] = []
        for start in range(0, len(thread_ids), _LOOKS_AT_ONCE):
            some = thread_ids[start : start + _LOOKS_AT_ONCE]
            there = await asyncio.gather(*(self._is_left(item, whole=whole) for item in some))
            found += [item for item, is_left in zip(some, there, strict=True) if is_left]
        return found

    async def _is_left(self, thread_id: str, *, whole: bool) -> bool:
        if not whole:
            with suppress(NotFoundError):
                value = await self.http.request("GET", f"{thread_path(thread_id)}/history", query={"limit": 2})
                return len(value.records()) > 1
            return False
        return await self._thread_if_any(thread_id) is not None

    async def thread_storage(self, thread_id: ThreadId | str) -> JsonObject:
        """Return how many bytes the thread takes, in total, by checkpoints and by channel."""
        return await self.get_object(f"{thread_path(thread_id)}/storage")

    def follow_thread(self, thread_id: ThreadId | str) -> RunStream:
        """Follow a thread across runs, whoever starts them; has no end. See the capability `thread_stream`."""
        from studio_tui.client.sse import RunStream

        path = f"{thread_path(thread_id)}/stream"
        return RunStream(self.http, "GET", path, query={"stream_modes": ",".join(MODES)}, thread_id=ThreadId(thread_id))

    async def heartbeat(self, thread_id: ThreadId | str, *, within: float) -> bool:
        """Follow a thread, which need not exist, and return whether any byte came within so many seconds."""
        async with self.follow_thread(thread_id) as stream:
            opened = stream.last_byte_at
            reading = asyncio.ensure_future(anext(aiter(stream), None))
            try:
                async with asyncio.timeout(within):
                    while stream.last_byte_at == opened and not reading.done():
                        await asyncio.wait({reading}, timeout=_LOOK_EVERY)
            except TimeoutError:
                pass
            finally:
                reading.cancel()
                await asyncio.wait({reading})
            if not reading.cancelled() and (failure := reading.exception()) is not None:
                raise failure
            return stream.last_byte_at > opened
