"""Endpoints of runs: start, follow, list, cancel, results."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from studio_tui.client.endpoints import Endpoints, object_in, read_records, required, thread_path
from studio_tui.client.paths import segment
from studio_tui.client.sure import is_gone, once
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import NotFoundError, RunFailedError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.wire.decode import outcome_error, run_info_of

if TYPE_CHECKING:
    from studio_tui.client.sse import RunStream

_ALL_RUNS = 1000


class RunEndpoints(Endpoints):
    """Calls about runs. Without a thread a run is stateless."""

    async def runs(self, thread_id: ThreadId | str, *, limit: int = 20, offset: int = 0) -> list[RunInfo]:
        """Return runs of a thread, newest first on every server."""
        path = f"{thread_path(thread_id)}/runs"
        oldest_first = (await self.dialect()).oldest_run_first
        query = {"limit": _ALL_RUNS, "offset": 0} if oldest_first else {"limit": limit, "offset": offset}
        items, _problems, _count = read_records(await self.http.request("GET", path, query=query), run_info_of, "run")
        items.sort(key=lambda run: run.created_at or 0.0, reverse=True)
        return items[offset : offset + limit] if oldest_first else items

    async def run(self, thread_id: ThreadId | str, run_id: RunId | str) -> RunInfo:
        """Return one run; NotFoundError."""
        return required(run_info_of(await self.get_object(_run_path(thread_id, run_id))), "run")

    async def create_run(self, thread_id: ThreadId | str | None, body: JsonObject) -> RunInfo:
        """Start a run in the background."""
        answer = await self.http.request("POST", _runs_path(thread_id), body=body)
        return required(run_info_of(answer.json()), "run")

    def stream_run(self, thread_id: ThreadId | str | None, body: JsonObject) -> RunStream:
        """Start a run and follow it; the request is sent when the stream is entered."""
        from studio_tui.client.sse import RunStream

        known = ThreadId(thread_id) if thread_id else None
        return RunStream(self.http, "POST", f"{_runs_path(thread_id)}/stream", body=body, thread_id=known)

    def join_run(
        self, thread_id: ThreadId | str, run_id: RunId | str, *, last_event_id: str | None = None
    ) -> RunStream:
        """Follow a run that exists already. Without `last_event_id` nothing of the past comes; `-1` is everything."""
        from studio_tui.client.sse import RunStream

        headers = {"last-event-id": last_event_id} if last_event_id is not None else None
        return RunStream(
            self.http,
            "GET",
            f"{_run_path(thread_id, run_id)}/stream",
            headers=headers,
            thread_id=ThreadId(thread_id),
            run_id=RunId(run_id),
        )

    async def cancel_run(self, thread_id: ThreadId | str, run_id: RunId | str, *, action: str = "interrupt") -> None:
        """Ask the server to stop a run; `rollback` also deletes it. NotFoundError when it has ended already."""
        query: dict[str, str | int] = {"wait": 0, "action": action}  # Aegra takes 0 and 1 only

        async def send() -> bool:
            await self.http.request("POST", f"{_run_path(thread_id, run_id)}/cancel", query=query)
            return True

        async def look() -> bool | None:
            with suppress(NotFoundError):
                return None if (await self.run(thread_id, run_id)).is_live else True
            return True

        await once(send, look)

    async def delete_run(self, thread_id: ThreadId | str, run_id: RunId | str) -> None:
        """Delete a run that has ended, with the checkpoints it made."""

        async def send() -> bool:
            await self.http.request("DELETE", _run_path(thread_id, run_id))
            return True

        await once(send, lambda: is_gone(lambda: self.run(thread_id, run_id)))

    async def join_result(self, thread_id: ThreadId | str, run_id: RunId | str) -> Json:
        """Wait for a run and return its result; NotFoundError, RunFailedError."""
        answer = await self.http.request("GET", f"{_run_path(thread_id, run_id)}/join", timeout=None)
        return _result(answer.json())

    async def queue(self) -> JsonObject:
        """Return counts of waiting and running runs and of workers (`queue`, `workers`); UnsupportedError."""
        return object_in(await self.http.request("GET", "/metrics", query={"format": "json"}))


def _runs_path(thread_id: ThreadId | str | None) -> str:
    return f"{thread_path(thread_id)}/runs" if thread_id else "/runs"


def _run_path(thread_id: ThreadId | str, run_id: RunId | str) -> str:
    return f"{thread_path(thread_id)}/runs/{segment(run_id, 'run')}"


def _result(value: Json) -> Json:
    """Return the value unless it is a failure that came with status 200."""
    error = outcome_error(value)
    if error is None:
        return value
    kind, message = error
    if kind == "HTTPException" and message.startswith("404"):
        raise NotFoundError(f"Not found: {clean(message[3:].strip(' :'), 200)}", status=404)
    raise RunFailedError(f"The run failed: {clean(kind, 80)}", clean_block(message, 4000))
