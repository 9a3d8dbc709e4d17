"""What a thread without a title is called: what a human said there first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from studio_tui.cli.output.rows import thread_row
from studio_tui.client.api import Client
from studio_tui.client.target import Target
from studio_tui.core.state.app_state import AppState
from studio_tui.core.threads.words import KEPT, ThreadWords
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import WORDS_LIMIT, Thread, first_words
from studio_tui.errors import ConnectError, TooLargeError
from studio_tui.present.threads.panel import ThreadRows
from studio_tui.present.top.row import thread_name
from studio_tui.text.spans import plain
from studio_tui.wire.page import Page
from tests.cli.cli_host import Cli, CliServer, cli_on

ONE, TWO = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"


def message(kind: str, content: Any) -> dict[str, Any]:
    return {"type": kind, "content": content}


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([message("human", "  where is\n my\tparcel? ")], "where is my parcel?"),
        ([message("system", "be kind"), message("human", "hello")], "hello"),
        ([{"role": "user", "content": "by role"}], "by role"),
        ([message("human", [{"type": "image_url", "image_url": {}}, {"type": "text", "text": "what is this"}])],
         "what is this"),
        ([message("human", ""), message("human", "second")], "second"),
        ([message("ai", "hi"), message("tool", "x")], ""),
        ([], ""),
        ("no list", ""),
        ([message("human", 7)], ""),
    ],
)  # fmt: skip
def test_first_words_of_a_human(messages: Any, words: str) -> None:
    assert first_words({"messages": messages}) == words


def test_long_words_are_cut_and_values_that_are_no_object_say_nothing() -> None:
    assert len(first_words({"messages": [message("human", "x" * 100_000)]})) == WORDS_LIMIT
    assert first_words("scalar") == first_words(None) == first_words([1]) == ""


def serving(answers: list[httpx.Response], seen: list[dict[str, Any]]) -> Client:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return answers.pop(0)

    return Client(Target("http://h"), transport=httpx.MockTransport(answer))


async def test_lists_ask_for_the_words_and_never_for_values() -> None:
    seen: list[dict[str, Any]] = []
    row = {
        "thread_id": ONE,
        "metadata": {},
        "extracted": {"w0": "be kind", "w1": "system", "w2": None, "w3": "the\u202e question", "w4": "human"},
    }
    client = serving([httpx.Response(200, json=[row, {"thread_id": TWO, "metadata": {"title": "T"}}])], seen)
    page = await client.threads()
    assert [item.words for item in page.items] == ["the\u202e question", ""]
    assert [item.label for item in page.items] == ["the\u202e question", "T"]
    assert "values" not in seen[0]["select"]
    assert set(seen[0]["extract"].values()) >= {"values.messages[0].content"}
    assert "\u202e" not in plain(thread_row(page.items[0], ascii=False))
    await client.aclose()


async def test_server_that_refuses_to_extract_still_lists_its_threads() -> None:
    seen: list[dict[str, Any]] = []
    refusal = httpx.Response(422, json={"detail": "Additional properties are not allowed ('extract' was unexpected)"})
    client = serving([refusal, httpx.Response(200, json=[{"thread_id": ONE, "metadata": {}}])], seen)
    page = await client.threads()
    assert [item.thread_id for item in page.items] == [ONE]
    assert "extract" not in seen[1]
    await client.aclose()


def test_row_says_words_before_the_id_and_those_of_an_opened_thread_are_remembered() -> None:
    rows = ThreadRows()
    rows.items = [Thread(ThreadId(ONE), words="where is my parcel"), Thread(ThreadId(TWO))]
    assert "where is my parcel" in plain(rows.line(0, 30))
    before = rows.key(1)
    rows.words = {ThreadId(TWO): "said on a server that cannot extract"}
    assert "said on a server" in plain(rows.line(1, 30))
    assert rows.key(1) != before
    assert "said on" in rows.text(1)
    app_state = AppState(thread_id=ThreadId(ONE), words={ThreadId(ONE): "validate · rows 1200"})
    app_state.thread_row = Thread(ThreadId(ONE), words="none · rows 1200")  # the values of another moment
    rows.words = app_state.words
    assert thread_name(app_state) == "validate · rows 1200"
    assert "validate · rows 1200" in plain(rows.line(0, 40)), "one name everywhere"


class Bare(CliServer):
    """A server whose list brings neither words nor values."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.total = total
        self.read: list[str] = []

    async def threads(self, *, limit: int = 50, offset: int = 0, **_: Any) -> Page[Thread]:
        end = min(self.total, offset + limit)
        rows = [Thread(ThreadId(f"{number:08d}-0000-4000-8000-000000000000")) for number in range(offset, end)]
        return Page(rows, end if end < self.total else None)

    async def thread_words(self, thread_id: str) -> str:
        self.read.append(thread_id)
        if int(thread_id[:8]) == 3:
            raise TooLargeError("This state is too large", "", "")
        return f"\x1b[31mwords of {int(thread_id[:8])}"


@pytest.fixture
def cli_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[Bare], Cli]:
    return lambda server: cli_on(server, monkeypatch, capsys, tmp_path)


def test_command_line_names_threads_of_servers_that_do_not_name_them(cli_of: Callable[[Bare], Cli]) -> None:
    server = Bare(5)
    done = cli_of(server)("threads", "ls")
    assert "␛[31mwords of 4" in done.out
    assert "words of 3" not in done.out
    assert len(server.read) == 5
    cli_of(server)("threads", "ls", "--format", "json")
    assert len(server.read) == 5  # nobody reads names there


def test_thousands_of_threads_are_not_read_one_by_one(cli_of: Callable[[Bare], Cli]) -> None:
    server = Bare(3_000)
    cli_of(server)("threads", "ls", "--limit", "1000")
    assert len(server.read) == 100


async def test_words_that_were_not_reached_are_asked_for_again() -> None:
    server = Bare(0)

    async def call(fn: Any, /) -> Any:
        if not server.read:
            server.read.append("down")
            raise ConnectError("Nothing answers")
        return await fn(server)

    words = ThreadWords(call)
    thread = Thread(ThreadId("00000002-0000-4000-8000-000000000000"), updated_at=1.0)
    assert not await words.read([thread])  # out of reach: not asked for in a circle
    assert words.wanted([thread]) == [thread]
    assert await words.read([thread])
    assert words.known[thread.thread_id]
    assert not await words.read([thread])


async def test_words_are_read_once_and_again_when_the_thread_has_changed() -> None:
    server = Bare(0)

    async def call(fn: Any, /) -> Any:
        return await fn(server)

    words = ThreadWords(call)
    threads = [Thread(ThreadId(f"{number:08d}-0000-4000-8000-000000000000"), updated_at=1.0) for number in range(2, 5)]
    assert await words.read(threads)
    assert not await words.read(threads)
    assert len(server.read) == 3
    changed = [replace(item, updated_at=2.0) for item in threads]
    assert words.wanted(changed) == [changed[1]]  # the one that could not be read
    assert words.wanted([replace(threads[0], thread_id=ThreadId("x"), words_known=True)]) == []
    twice = [changed[1], threads[1]]  # pages that were read at different times
    for _ in range(3):
        await words.read(twice)
    assert not await words.read(twice), "not in a circle"
    many = [Thread(ThreadId(f"{number:08d}-0000-4000-8000-000000000000")) for number in range(1_000, 2_200)]
    await words.read(many)
    assert len(words.known) == len(words._read) == KEPT


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"question": " what is\nthis? ", "n": 1}, "what is this?"),
        ({"topic": "cats", "messages": []}, "cats"),
        ({"topic": "cats", "messages": [message("ai", "hi")]}, "cats"),
        ({"topic": "cats", "messages": [message("human", "dogs")]}, "dogs"),
        ({"input": {"not": "text"}, "prompt": "draw a cat"}, "draw a cat"),
        ({"n": 200}, "n 200"),
        ({"item": "laptop", "eur": 1890.0, "urgent": True}, "laptop · eur 1890"),
        ({"eur": 1890.5, "item": " a\n**laptop** ", "rest": {}, "by": "", "who": "Ana"}, "a laptop · Ana · eur 1890.5"),
        ({"api_key": "sk-1", "_hidden": "x", "id": "01a2b3c4-0000-4000-8000-00000000abcd", "topics": ["a"]}, ""),
        ({"text": "word " * 50}, "word word word word word word word word word wo…"),
    ],
)
def test_graphs_without_messages_are_called_by_what_was_asked(values: Any, words: str) -> None:
    assert first_words(values) == words


async def test_threads_of_graphs_without_messages_are_called_by_what_their_graph_takes() -> None:
    seen: list[dict[str, Any]] = []
    found = [
        {"thread_id": ONE, "extracted": {"k0": "laptop", "k1": 100.5, "k2": None}},
        {"thread_id": TWO, "extracted": {"k0": None, "k1": None, "k2": None}},
    ]
    client = serving([httpx.Response(200, json=found), httpx.Response(200, json=[])], seen)

    async def call(fn: Any, /) -> Any:
        return await fn(client)

    asked: list[str] = []

    async def keys_of(thread: Thread) -> list[str]:
        asked.append(thread.graph_id)
        return ["item", "eur", "messages", "no path\x1b"]

    words = ThreadWords(call, keys_of=keys_of)
    rows = [Thread(ThreadId(name), graph_id="order", words_known=True, updated_at=1.0) for name in (ONE, TWO)]
    never_run = Thread(ThreadId("33333333-0000-4000-8000-000000000003"), words_known=True)
    assert words.wanted([*rows, never_run]) == rows
    assert await words.read([*rows, never_run])
    assert words.known == {ONE: "laptop · eur 100.5"}
    assert seen[0]["ids"] == [ONE, TWO]
    assert seen[0]["select"] == ["thread_id"]  # not their values, which may be megabytes
    assert list(seen[0]["extract"].values()) == ["values.item", "values.eur", "values.messages"]
    assert not words.wanted(rows)
    await words.read([replace(rows[1], updated_at=2.0)])
    assert (len(seen), asked) == (2, ["order"])
    assert ThreadWords(call).wanted(rows) == []  # who does not know what graphs take

    takes: list[list[str] | None] = [None, []]

    async def nothing(thread: Thread) -> list[str] | None:
        asked.append(thread.graph_id)
        return takes.pop(0)

    words = ThreadWords(call, keys_of=nothing)
    for at in (3.0, 4.0, 5.0, 6.0):
        await words.read([replace(rows[1], updated_at=at)])
    assert (len(asked), takes) == (3, []), "a graph that takes nothing by name is asked once, once it has answered"
    await client.aclose()


@pytest.mark.parametrize("columns", [0, 1, 3, 5, 6, 10])
async def test_lists_never_ask_for_more_paths_than_servers_pick(columns: int) -> None:
    seen: list[dict[str, Any]] = []
    row = {"thread_id": ONE, "metadata": {}, "extracted": {"w0": None, "k0": None, "k1": "which way?", "k4": 1}}
    client = serving([httpx.Response(200, json=[row])], seen)
    page = await client.threads(columns=tuple(f"values.c{number}" for number in range(columns)))
    assert len(seen[0]["extract"]) <= 10
    assert page.items[0].words == "which way?"
    await client.aclose()
