"""Who has a process ask ahead, and whose answers those are."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from studio_tui.cli import ask_ahead as module
from studio_tui.cli.ask_ahead import Asker, ask_ahead
from studio_tui.client.target import Target
from studio_tui.config.credentials import Credential
from studio_tui.config.paths import find_paths
from studio_tui.config.servers import ServerChoice

SECRET = {"x-api-key": "lsv2_pt_SECRET"}


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Nothing is forked; what would be is counted."""
    forks: list[None] = []

    def fork() -> int:
        forks.append(None)
        raise OSError("no room")

    monkeypatch.setattr(os, "fork", fork)
    monkeypatch.setattr(module, "_may_fork", lambda: True)
    return forks


@pytest.fixture
def asker() -> Iterator[Asker]:
    ours, theirs = socket.socketpair()
    yield Asker(Target("http://127.0.0.1:9", SECRET), 0, ours)
    theirs.close()


def test_without_room_for_another_process_there_is_none(forked: list[None]) -> None:
    assert ask_ahead(ServerChoice("http://127.0.0.1:9"), "", find_paths()) is None
    assert forked == [None]


@pytest.mark.parametrize(
    "choice",
    [
        ServerChoice("http://h", waits=(Credential("x-api-key", "key", "http://h"),)),
        ServerChoice("http://h", {"x-api-key": "not\nsendable"}),
    ],
)
def test_nothing_is_asked_before_the_user_was(forked: list[None], choice: ServerChoice) -> None:
    assert ask_ahead(choice, "", find_paths()) is None
    assert forked == []


async def test_its_answers_are_for_the_first_client_of_the_same_target(asker: Asker) -> None:
    for other in (
        Target("http://127.0.0.1:9"),
        Target("http://127.0.0.1:9", {"x-api-key": "another"}),
        Target("http://127.0.0.1:8", SECRET),
        Target("http://127.0.0.1:9", {**SECRET, "x-tenant": "b"}),
    ):
        client = asker.make_client(other)
        assert client.http.between is None
        await client.aclose()
    first = asker.make_client(Target("http://127.0.0.1:9", SECRET))
    assert first.http.between is not None
    again = asker.make_client(Target("http://127.0.0.1:9", SECRET))
    assert again.http.between is None
    await first.aclose()
    await again.aclose()
