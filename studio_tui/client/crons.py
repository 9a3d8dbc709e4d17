"""Endpoints of crons: runs on a schedule."""

from __future__ import annotations

from contextlib import suppress

from studio_tui.client.answer import Answer
from studio_tui.client.endpoints import Endpoints, holds, object_in, read_records, thread_path
from studio_tui.client.identity import is_no_route
from studio_tui.client.paths import segment
from studio_tui.client.sure import is_gone, once
from studio_tui.domain.ids import ThreadId
from studio_tui.errors import AuthError, NotFoundError, RejectedError, ServerError, StudioError, UnsupportedError
from studio_tui.jsonkit.value import Json, JsonObject, as_str, is_object


class CronEndpoints(Endpoints):
    """Calls about crons, as the server's objects. UnsupportedError where the server has none."""

    async def crons(self, *, limit: int = 100, offset: int = 0) -> list[JsonObject]:
        body: JsonObject = {"limit": limit, "offset": offset}
        answer = await self._call("POST", "/runs/crons/search", body=body, listing=True)
        return read_records(answer, lambda item: item if is_object(item) else None, "schedule")[0]

    async def create_cron(self, body: JsonObject, *, thread_id: ThreadId | str | None = None) -> JsonObject:
        """Create a cron from the fields of a run and `schedule`; with a thread all its runs go there."""
        path = f"{thread_path(thread_id)}/runs/crons" if thread_id else "/runs/crons"
        self.http.check_allowed("POST", path)
        known = await self._ids()

        async def look() -> JsonObject | None:
            fresh = [item for item in await self.crons() if known is not None and item.get("cron_id") not in known]
            mine = [item for item in fresh if item.get("schedule") == body.get("schedule")]
            return mine[0] if len(mine) == 1 else None

        return await once(lambda: self._object("POST", path, body), look)

    async def update_cron(self, cron_id: str, changes: JsonObject) -> JsonObject:
        """Change a cron, such as `{"enabled": false}`."""
        path = f"/runs/crons/{segment(cron_id, 'cron')}"

        async def look() -> JsonObject | None:
            now = await self._find(cron_id)
            return now if now is not None and holds(now, changes) else None

        return await once(lambda: self._object("PATCH", path, changes), look)

    async def delete_cron(self, cron_id: str) -> None:
        async def send() -> bool:
            await self._call("DELETE", f"/runs/crons/{segment(cron_id, 'cron')}")
            return True

        await once(send, lambda: is_gone(lambda: self._find(cron_id)))

    async def _object(self, method: str, path: str, body: JsonObject) -> JsonObject:
        return object_in(await self._call(method, path, body=body))

    async def _ids(self) -> set[str] | None:
        """The crons that there are, None where that cannot be told."""
        with suppress(StudioError):
            return {as_str(item.get("cron_id")) for item in await self.crons()}
        return None

    async def _find(self, cron_id: str) -> JsonObject | None:
        """A cron among the newest thousand; there is no request for a single one."""
        for offset in range(0, 1000, 100):
            page = await self.crons(offset=offset)
            found = next((item for item in page if item.get("cron_id") == cron_id), None)
            if found is not None or len(page) < 100:
                return found
        return None

    async def _call(self, method: str, path: str, *, body: Json = None, listing: bool = False) -> Answer:
        try:
            return await self.http.request(method, path, body=body)
        except (AuthError, NotFoundError, RejectedError, ServerError) as error:
            missing = "not implemented" in str(error).lower() or error.status == 403
            if missing or (error.status == 404 and (listing or (method == "POST" and is_no_route(error)))):
                raise UnsupportedError(
                    "This server has no crons", str(error), "Use a server that has them.", status=error.status
                ) from None
            raise
