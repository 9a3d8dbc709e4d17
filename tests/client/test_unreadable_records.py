"""A list whose records cannot be read is not an empty list, and one that lacks some says so."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from studio_tui.cli.commands.doctor import _without_keys
from studio_tui.client.answer import Answer
from studio_tui.client.crons import CronEndpoints
from studio_tui.client.endpoints import page_of
from studio_tui.client.target import Target
from studio_tui.core.connection.runtime import Runtime
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.errors import ProtocolError
from studio_tui.wire.decode import thread_of
from tests.client.mock_server import talking

DEEP = b"[" * 5000 + b"]" * 5000
EXCHANGE = HttpExchange(
    0, 0.0, "GET", "http://h/threads/t/runs?limit=9", 200, 0.1, 0, 9, unread="1 of 2 runs missing. Record 2 could not"
)
GOOD, BAD = b'{"thread_id": "t1"}', b'{"thread_id": "t2", "values": %s}' % DEEP


def _answer(body: bytes) -> Answer:
    return Answer(Target("http://h"), 200, httpx.Headers(), body)


@pytest.mark.parametrize("body", [b"[%s]" % BAD, b'[{"thread_id": null}, 3]'])
def test_a_list_of_which_nothing_can_be_read_is_an_error(body: bytes) -> None:
    with pytest.raises(ProtocolError, match="No record of the list could be read"):
        page_of(_answer(body), thread_of, limit=10, offset=0)


def test_a_list_without_records_is_empty_and_one_broken_record_is_told() -> None:
    assert page_of(_answer(b"[]"), thread_of, limit=10, offset=0).items == []
    page = page_of(_answer(b"[%s, %s]" % (GOOD, BAD)), thread_of, limit=10, offset=0)
    assert [item.thread_id for item in page.items] == ["t1"]
    assert page.problems == ("Record 2 could not be read: it is nested too deeply",)


def test_what_doctor_prints_ends_somewhere() -> None:
    value: object = "x"
    for _ in range(900):
        value = {"a": [value]}
    assert "nested too deeply" in str(_without_keys(value, Target("http://h")))


@pytest.mark.parametrize(
    ("path", "good", "bad", "ask"),
    [
        ("GET /threads/t/runs", {"run_id": "r", "status": "success"}, 3, lambda client: client.runs("t")),
        ("GET /threads/t/history", {"values": {}, "next": []}, [], lambda client: client.history("t")),
        ("POST /runs/crons/search", {"cron_id": "c"}, "x", lambda client: client.family(CronEndpoints).crons()),
        ("POST /threads/search", {"thread_id": "t1"}, None, lambda client: client.threads()),
    ],
)
async def test_a_list_that_lacks_some_says_so_to_the_log(path: str, good: Any, bad: Any, ask: Any) -> None:
    async with talking({path: [good, bad]}) as talk:
        found = await ask(talk.client)
        assert len(getattr(found, "items", found)) == 1
        (told,) = {item.seq: item for item in talk.exchanges if item.unread}.values()
        assert told.problem.startswith("1 of 2 ")
        assert "Record 2 could not be read" in told.problem
        assert told.url.endswith(path.split(" ")[1]) or "?" in told.url


async def test_the_studio_says_once_that_a_list_is_short() -> None:
    runtime = Runtime(client_factory=None, threaded=False)
    store, connection = runtime.app_state, runtime.connection
    for seq in range(3):
        connection._log_exchange(replace(EXCHANGE, seq=seq))
    (notice,) = store.notices
    assert notice.severity == "warning"
    assert "1 of 2 runs" in notice.detail
    assert "/threads/t/runs" in notice.detail
    store.notices.clear()
    connection._log_exchange(replace(EXCHANGE, seq=4))
    assert not store.notices
