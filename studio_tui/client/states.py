"""Endpoints of thread state: the head, checkpoints, history, updates."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from studio_tui.client.answer import RESPONSE_LIMIT
from studio_tui.client.endpoints import Endpoints, given, object_in, read_records, thread_path
from studio_tui.client.http import Http
from studio_tui.client.paths import segment
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.errors import NotFoundError, StudioError, TooLargeError
from studio_tui.jsonkit.value import Json, JsonObject, as_object, as_str, is_list
from studio_tui.wire.decode_state import checkpoint_of

if TYPE_CHECKING:
    from studio_tui.jsonkit.shared import Texts

_WHOLE_HISTORY = 1000
"""Checkpoints asked for at once where pages do not work."""
_STATE_TIMEOUT = 60.0
_REMEMBERED = 60.0
"""Seconds for which the text of a state is kept, for the next one of its thread."""
STATE_LIMIT = 256 * 1024 * 1024
"""Bytes of one state, where somebody wants it however large it is."""


class StateEndpoints(Endpoints):
    """Calls about the state of threads."""

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self.takes_any_size = False
        """Whether every state may be of up to `STATE_LIMIT` bytes."""
        self._large: set[str] = set()
        """The threads whose states may."""
        self._texts: tuple[str, Texts] | None = None
        """How the state that was read last is written, and of which thread it is."""
        self._forgets: asyncio.TimerHandle | None = None

    async def take_large(self, thread_id: ThreadId | str) -> None:
        """Read states of this thread of up to `STATE_LIMIT` bytes from now on: somebody wants them all the same."""
        self._large.add(str(thread_id))

    async def state(
        self,
        thread_id: ThreadId | str,
        *,
        checkpoint: JsonObject | None = None,
        checkpoint_id: str | None = None,
        subgraphs: bool = False,
    ) -> Checkpoint:
        """Return the head, or the state at a checkpoint; NotFoundError when there is no such checkpoint."""
        path = f"{thread_path(thread_id)}/state"
        limit = STATE_LIMIT if self.takes_any_size or str(thread_id) in self._large else RESPONSE_LIMIT
        if checkpoint:
            body: dict[str, Json] = {"checkpoint": checkpoint}
            if subgraphs:
                body["subgraphs"] = "true" if (await self.dialect()).text_flags else True
            answer = await self.http.request(
                "POST", f"{path}/checkpoint", body=body, timeout=_STATE_TIMEOUT, limit=limit
            )
        else:
            if checkpoint_id:
                path += f"/{segment(checkpoint_id, 'checkpoint')}"
            query = {"subgraphs": "true"} if subgraphs else None
            answer = await self.http.request("GET", path, query=query, timeout=_STATE_TIMEOUT, limit=limit)
        value = object_in(answer, self._texts_of(thread_id))
        wanted = checkpoint_id or as_str(as_object(checkpoint).get("checkpoint_id"))
        # Servers answer 200 with an empty state and echo the id of a checkpoint that they do not know. What names no
        # checkpoint at all is none either: shown as one, its missing values would read as changed.
        if wanted and (
            value.get("metadata") is None or checkpoint_of(value, ThreadId(thread_id)).checkpoint_id is None
        ):
            raise NotFoundError(
                f"The thread has no checkpoint {wanted[:40]}",
                hint="Refresh the history; it may belong to another thread, or its run was deleted.",
                status=404,
            )
        if not wanted and value.get("values") and not value.get("tasks") and not as_object(value.get("checkpoint")):
            value = await self._with_questions(thread_id, value)
            found = checkpoint_of(value, ThreadId(thread_id))
            return replace(found, unnamed=bool(found.tasks))
        return checkpoint_of(value, ThreadId(thread_id))

    def _texts_of(self, thread_id: ThreadId | str) -> Texts:
        """How the states of a thread are written: kept for a while, as they are read one after the other."""
        from studio_tui.jsonkit.shared import Texts

        if self._texts is None or self._texts[0] != str(thread_id):
            self._texts = str(thread_id), Texts()
        if self._forgets is not None:
            self._forgets.cancel()
        self._forgets = asyncio.get_running_loop().call_later(_REMEMBERED, self._forget_texts)
        return self._texts[1]

    def _forget_texts(self) -> None:
        self._texts = self._forgets = None

    async def _with_questions(self, thread_id: ThreadId | str, state: JsonObject) -> JsonObject:
        """Add what the thread's row asks to a state without checkpoint and tasks.

        Some servers show neither; what a run of theirs waits for stands in the row alone, without its node.
        """
        try:
            row = await self.get_object(thread_path(thread_id))
        except StudioError:
            return state
        asked = as_object(row.get("interrupts")) if row.get("status") == "interrupted" else {}
        tasks: list[Json] = [
            {"id": key, "name": "", "interrupts": group} for key, group in asked.items() if is_list(group) and group
        ]
        return {**state, "tasks": tasks} if tasks else state

    async def history(
        self,
        thread_id: ThreadId | str,
        *,
        limit: int = 25,
        before: CheckpointId | str | None = None,
        checkpoint: JsonObject | None = None,
    ) -> list[Checkpoint]:
        """Return up to `limit` checkpoints older than `before`, newest first, all branches mixed.

        `checkpoint` names another namespace than the root (`{"checkpoint_ns": …}`).
        Fewer than `limit` come only when there are no more.
        """
        try:
            return await self._history(thread_id, limit, before, checkpoint)
        except TooLargeError:
            if limit <= 1:
                raise
        found: list[Checkpoint] = []
        piece = max(1, limit // 4)
        while len(found) < limit:
            asked = min(piece, limit - len(found))
            page = await self.history(thread_id, limit=asked, before=before, checkpoint=checkpoint)
            found += page
            oldest = page[-1].checkpoint_id if page else None
            if len(page) < asked or oldest is None or oldest == before:
                break
            before = oldest
        return found

    async def _history(
        self, thread_id: ThreadId | str, limit: int, before: CheckpointId | str | None, checkpoint: JsonObject | None
    ) -> list[Checkpoint]:
        path = f"{thread_path(thread_id)}/history"
        sliced = before is not None and not (await self.dialect()).pages_history
        asked = max(limit, _WHOLE_HISTORY) if sliced else limit
        cursor = None if sliced else before
        if checkpoint:
            body: dict[str, Json] = {"checkpoint": checkpoint, "limit": asked}
            if cursor:
                text = (await self.dialect()).text_cursor
                body["before"] = cursor if text else {"configurable": {"checkpoint_id": cursor}}
            answer = await self.http.request("POST", path, body=body, timeout=_STATE_TIMEOUT)
        else:
            query: dict[str, str | int] = {"limit": asked}
            if cursor:
                query["before"] = segment(cursor, "checkpoint")
            answer = await self.http.request("GET", path, query=query, timeout=_STATE_TIMEOUT)
        items, _problems, _count = read_records(
            answer, lambda item: checkpoint_of(item, ThreadId(thread_id)), "checkpoint", self._texts_of(thread_id)
        )
        if sliced:
            items = [item for item in items if (item.checkpoint_id or "") < (before or "")]
        return items[:limit]

    async def update_state(
        self,
        thread_id: ThreadId | str,
        values: Json,
        *,
        as_node: str | None = None,
        checkpoint: JsonObject | None = None,
    ) -> JsonObject:
        """Write a new checkpoint and return the server's answer, whose `checkpoint` names it.

        The given checkpoint is looked up first (NotFoundError): servers take any id and orphan the thread's head.
        """
        if as_str(as_object(checkpoint).get("checkpoint_id")):
            self.http.check_allowed("POST", f"{thread_path(thread_id)}/state")
            await self.state(thread_id, checkpoint=checkpoint)
        body = {"values": values, **given(as_node=as_node, checkpoint=checkpoint)}
        answer = await self.http.request("POST", f"{thread_path(thread_id)}/state", body=body, timeout=_STATE_TIMEOUT)
        value = dict(object_in(answer))
        if not as_object(value.get("checkpoint")):
            value["checkpoint"] = as_object(value.get("configurable"))
        return value
