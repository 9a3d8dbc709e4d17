"""Namespaces of a large store: all of them can be reached, and one list that repeats itself ends."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.core.store import StoreItems
from tests.cli.cli_host import Cli, CliServer


class Deep:
    """A server with many namespaces; without pages it gives the same ones again and again."""

    def __init__(self, total: int, *, pages: bool = True) -> None:
        self._all: list[tuple[str, ...]] = [("users", f"u{number:05}") for number in range(total)]
        self._pages = pages
        self.offsets: list[int] = []

    def reverse(self) -> None:
        self._all.reverse()

    async def store_namespaces(self, *, limit: int, offset: int) -> list[tuple[str, ...]]:
        self.offsets.append(offset)
        start = offset if self._pages else 0
        return self._all[start : start + limit]

    def family(self, _: Any) -> Any:
        return self

    async def call(self, fn: Any) -> Any:
        return await fn(self)


async def test_the_rest_is_read_page_by_page_and_a_new_reading_keeps_what_is_there() -> None:
    server = Deep(5700)
    store_items = StoreItems(server.call)
    await store_items.namespaces.refresh()
    assert (len(store_items.namespaces.items), store_items.namespaces.has_more) == (5000, True)
    await store_items.namespaces.more()
    assert len(store_items.namespaces.items) == 5500
    await store_items.namespaces.refresh()
    assert len(store_items.namespaces.items) == 5500
    await store_items.namespaces.more()
    assert (len(store_items.namespaces.items), store_items.namespaces.has_more) == (5700, False)
    assert server.offsets[-1] == 5500


async def test_a_server_without_pages_is_asked_once_more_and_no_further() -> None:
    server = Deep(900, pages=False)
    store_items = StoreItems(server.call)
    await store_items.namespaces.refresh()
    assert (len(store_items.namespaces.items), store_items.namespaces.has_more, server.offsets) == (
        500,
        False,
        [0, 500],
    )


def test_the_command_line_reaches_every_namespace(
    cli: Cli, cli_server: CliServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_server, "store_namespaces", Deep(5300).store_namespaces, raising=False)
    first, last = (cli("store", "ls", "--limit", "2", "--offset", str(offset)) for offset in (4998, 5298))
    assert first.out.split() == ["users.u04998", "users.u04999"]
    assert "--offset 5000" in first.err
    assert (last.out.split(), last.err) == (["users.u05298", "users.u05299"], "")


def test_pages_of_the_command_line_leave_none_out_whatever_order_the_server_has(
    cli: Cli, cli_server: CliServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Deep(1200)
    server.reverse()
    monkeypatch.setattr(cli_server, "store_namespaces", server.store_namespaces, raising=False)
    pages = [cli("store", "ls", "--limit", "400", "--offset", str(offset)).out.split() for offset in (0, 400, 800)]
    assert [name for page in pages for name in page] == [f"users.u{number:05}" for number in range(1200)]
