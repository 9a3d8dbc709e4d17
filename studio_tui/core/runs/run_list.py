"""The runs of one thread: pages, details with the error, cancel that is verified, delete of ended ones only."""

from __future__ import annotations

import asyncio

from studio_tui.core.connection.ports import Caller
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import ConflictError, NotFoundError, RunFailedError, StudioError
from studio_tui.jsonkit.value import Json

PAGE = 50
MOST_AT_ONCE = 500
"""Runs that are asked for in one request."""
VERIFY_SECONDS = 15.0
_POLL = 0.25
GOING_SECONDS = 3.0
"""How long a run that was rolled back may still be there after its end."""
GONE = "gone: rolled back or deleted"
"""Said of a run that the server does not know any more."""


class ThreadRuns:
    """Runs of a thread, newest first, as far as they are loaded."""

    def __init__(self, call: Caller, thread_id: ThreadId) -> None:
        self._call = call
        self.thread_id = thread_id
        self.items: list[RunInfo] = []
        self.has_more = False

    async def refresh(self) -> list[RunInfo]:
        """Read as many of the newest runs as are loaded, at least a page; the caller puts them into `items`."""
        wanted, found = max(PAGE, len(self.items)), list[RunInfo]()
        while len(found) < wanted:
            asked = min(MOST_AT_ONCE, wanted - len(found))
            page = await self._page(asked, len(found))
            found += page
            if len(page) < asked:
                self.has_more = False
                return found
        self.has_more = True
        return found

    async def more(self) -> list[RunInfo]:
        """Read the next page; the caller adds it to `items`."""
        page = await self._page(PAGE, len(self.items))
        self.has_more = len(page) >= PAGE
        known = {item.run_id for item in self.items}
        return [item for item in page if item.run_id not in known]

    async def _page(self, limit: int, offset: int) -> list[RunInfo]:
        found: list[RunInfo] = await self._call(lambda client: client.runs(self.thread_id, limit=limit, offset=offset))
        return found

    async def details(self, run_id: RunId) -> dict[str, Json]:
        """Return the run as the server knows it, with the text of its error where one is kept elsewhere."""
        run = await self._run(run_id)
        told: dict[str, Json] = {"run_id": run.run_id, "status": run.status}
        if run.status in ("error", "timeout"):
            told["error"] = run.error or await self._error_of(run)
        if run.created_at is not None and run.updated_at is not None and not run.is_live:
            told["seconds"] = round(run.updated_at - run.created_at, 3)
        for name in ("created_at", "updated_at", "assistant_id", "thread_id", "multitask_strategy", "metadata"):
            if name in run.raw:
                told[name] = run.raw[name]
        return {**told, **{name: value for name, value in run.raw.items() if name not in told}}

    async def _error_of(self, run: RunInfo) -> str:
        """Joining an ended run answers at once with its error."""
        try:
            async with asyncio.timeout(VERIFY_SECONDS):
                await self._call(lambda client: client.join_result(self.thread_id, run.run_id))
        except RunFailedError as error:
            return f"{error.title}: {error.detail}"
        except (StudioError, TimeoutError):
            return ""
        return ""

    async def cancel(self, run_id: RunId, *, rollback: bool = False) -> RunInfo | None:
        """Cancel a run and wait until the server says that it has ended. ConflictError when it has not by then.

        None when the server does not know it any more: it was rolled back, here or by somebody else, or deleted.
        """
        action = "rollback" if rollback else "interrupt"
        try:
            await self._call(lambda client: client.cancel_run(self.thread_id, run_id, action=action))
        except NotFoundError:
            return await self.run_if_any(run_id)  # it ended in this moment
        except StudioError as error:
            if not error.ambiguous:  # else it may have been asked all the same: see whether the run ends
                raise
        try:
            async with asyncio.timeout(VERIFY_SECONDS):
                while (run := await self.run_if_any(run_id)) is not None and run.is_live:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            hint = "Refresh the list to see how it goes on."
            raise ConflictError("The run has not ended yet", "The server took the cancellation.", hint) from None
        return await self.gone_soon(run) if rollback else run

    async def gone_soon(self, run: RunInfo | None) -> RunInfo | None:
        """Wait for a run that has ended to be gone, as after a rollback; return it where it stays."""
        for _ in range(round(GOING_SECONDS / _POLL)):
            if run is None:
                break
            await asyncio.sleep(_POLL)
            run = await self.run_if_any(run.run_id)
        return run

    async def delete(self, run_id: RunId) -> None:
        """Delete a run that has ended, with its checkpoints. ConflictError while it is live: nothing is sent."""
        run = await self._run(run_id)
        if run.is_live:
            why = "Deleting a running run leaves its thread busy for ever."
            raise ConflictError("The run has not ended", why, "Cancel it first (s).")
        await self._call(lambda client: client.delete_run(self.thread_id, run_id))

    async def run_if_any(self, run_id: RunId) -> RunInfo | None:
        """Return the run, None where the server does not know it (any more)."""
        try:
            return await self._run(run_id)
        except NotFoundError:
            return None

    async def _run(self, run_id: RunId) -> RunInfo:
        run: RunInfo = await self._call(lambda client: client.run(self.thread_id, run_id))
        return run
