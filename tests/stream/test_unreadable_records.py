"""A list whose records cannot be read is not an empty list, and one that lacks some says so."""

from __future__ import annotations

import httpx
import pytest

from studio_tui.cli.commands.doctor import _without_keys
from studio_tui.client.endpoints import page_of
from studio_tui.client.http import Answer
from studio_tui.client.target import Target
from studio_tui.errors import ProtocolError
from studio_tui.wire.decode import thread_of

DEEP = b"[" * 5000 + b"]" * 5000
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
