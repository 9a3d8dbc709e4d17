"""The runs of one thread: pages, details with the error, cancel that is verified, delete of ended ones only."""

from __future__ import annotations

import asyncio

from studio_tui.core.connection.ports import Caller, ServerClient
from studio_tui.core.connection.timings import Timings
from studio_tui.core.resources.resource import Resource, full_page
from studio_tui.core.runs.stopping import ask_to_stop, wait_ended
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import ConflictError, RunFailedError, StudioError
from studio_tui.jsonkit.value import Json
from studio_tui.text.hint import Hint
from studio_tui.wire.page import Page

PAGE = 50
MOST_AT_ONCE = 500
"""Runs that are asked for in one request."""


class ThreadRuns(Resource[RunInfo]):
    """Runs of a thread, newest first, as far as they are loaded."""

    def __init__(self, call: Caller[ServerClient], thread_id: ThreadId, timings: Timings | None = None) -> None:
        super().__init__(self._page_at, lambda run: run.run_id, page=PAGE, most=MOST_AT_ONCE)
        self._call = call
        self._timings = timings or Timings()
        self.thread_id = thread_id

    async def _page_at(self, offset: int, limit: int) -> Page[RunInfo]:
        found = await self._call(lambda client: client.runs(self.thread_id, limit=limit, offset=offset))
        return full_page(found, offset=offset, limit=limit)

    async def details(self, run_id: RunId) -> dict[str, Json]:
        """Return the run as the server knows it, with the text of its error where one is kept elsewhere."""
        run = await self._call(lambda client: client.run(self.thread_id, run_id))
        told: dict[str, Json] = {"run_id": run.run_id, "status": run.status}
        if run.status in ("error", "timeout"):
            told["error"] = run.error or await self._error_of(run)
        if (seconds := run.seconds) is not None:
            told["seconds"] = round(seconds, 3)
        for name in ("created_at", "updated_at", "assistant_id", "thread_id", "multitask_strategy", "metadata"):
            if name in run.raw:
                told[name] = run.raw[name]
        return {**told, **{name: value for name, value in run.raw.items() if name not in told}}

    async def _error_of(self, run: RunInfo) -> str:
        """Joining an ended run answers at once with its error."""
        try:
            async with asyncio.timeout(self._timings.confirm):
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
        thread_id, timings = self.thread_id, self._timings

        async def cancel(client: ServerClient) -> RunInfo | None:
            await ask_to_stop(client, thread_id, run_id, "rollback" if rollback else "interrupt")
            return await wait_ended(client, thread_id, run_id, timings, goes=rollback)

        return await self._call(cancel)

    async def delete(self, run_id: RunId) -> None:
        """Delete a run that has ended, with its checkpoints. ConflictError while it is live: nothing is sent."""
        run = await self._call(lambda client: client.run(self.thread_id, run_id))
        if run.is_live:
            why = "Deleting a running run leaves its thread busy for ever."
            raise ConflictError("The run has not ended", why, Hint("Cancel it first ({runs-cancel})."))
        await self._call(lambda client: client.delete_run(self.thread_id, run_id))
