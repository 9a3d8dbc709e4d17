"""Connecting: nothing secret goes to a server that the user did not name before a yes that names host and key."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.config.schema import Profile, Settings
from studio_tui.config.servers import Servers
from studio_tui.config.state import Remembered, write_state
from studio_tui.domain.ids import AssistantId
from studio_tui.domain.server import ServerInfo
from studio_tui.errors import AuthError, ConnectError
from studio_tui.jsonkit.value import JsonObject
from studio_tui.ui.connection.connect_screen import ConnectScreen
from studio_tui.ui.connection.credential_dialogs import HeaderDialog, TrustDialog
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import AGENT, REVIEW, FakeStudio

STRANGER = "https://stranger.example"
KEY = {"LANGSMITH_API_KEY": "sk-ambient"}


def _servers(**settings: Any) -> Servers:
    return Servers(Settings(**settings), KEY)


def _project() -> dict[str, Any]:
    servers = _servers(base_url=STRANGER, base_url_source="project")
    return {"target": None, "servers": servers, "choice": servers.start(), "ready": False}


def _sent(it: Driven) -> list[tuple[str, dict[str, str]]]:
    return [(target.base_url, dict(target.headers)) for target in it.studio.called("connect")]


async def _asked(it: Driven) -> None:
    await it.until(lambda: isinstance(it.app.screen, TrustDialog), "the question")
    await it.sees("stranger.example")


@pytest.mark.parametrize("keys", [("enter",), ("escape",), ("n", "enter"), ("y", "n", "enter"), ("y", "escape")])
async def test_keys_typed_ahead_of_the_question_give_nothing_away(start: Start, keys: tuple[str, ...]) -> None:
    async with start(**_project()) as it:
        await _asked(it)
        assert "x-api-key from LANGSMITH_API_KEY" in it.screen
        assert "sk-ambient" not in it.screen
        await it.press(*keys)
        await it.until(lambda: isinstance(it.app.screen, ConnectScreen), "the connect screen")
        assert _sent(it) == []


async def test_after_a_no_the_prefilled_url_is_still_not_what_the_user_typed(start: Start) -> None:
    async with start(**_project()) as it:
        await _asked(it)
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, ConnectScreen), "the connect screen")
        await it.sees("URL or profile")
        for keys in (("enter",), ("end", "slash", "enter")):
            await it.press(*keys)
            await _asked(it)
            await it.press("escape")
            await it.until(lambda: isinstance(it.app.screen, ConnectScreen), "the connect screen")
        assert _sent(it) == []


async def test_a_command_with_a_remembered_server_asks_like_the_list(start: Start, tmp_path: Path) -> None:
    state = Remembered()
    state.used(STRANGER)
    write_state(tmp_path / "state" / "state.json", state)
    async with start(servers=_servers()) as it:
        it.app.perform("server", STRANGER)
        await _asked(it)
        assert len(_sent(it)) == 1


@pytest.mark.parametrize(("key", "headers"), [("w", {}), ("y", {"x-api-key": "sk-ambient"})])
async def test_with_or_without_the_key_as_the_user_says(start: Start, key: str, headers: dict[str, str]) -> None:
    async with start(**_project()) as it:
        await _asked(it)
        await it.press(key)
        assert _sent(it) == []
        await it.press("enter")
        await it.sees("Message to agent")
        assert _sent(it) == [(STRANGER, headers)]


async def test_the_question_fits_a_small_terminal(start: Start) -> None:
    async with start(**_project(), size=(80, 24)) as it:
        await _asked(it)
        for text in (STRANGER, "port 443", "x-api-key from LANGSMITH_API_KEY", "n No", "Without it", "Send it"):
            assert text in it.screen


async def test_a_long_address_pushes_neither_host_nor_key_nor_answers_out_of_the_smallest_terminal(
    start: Start,
) -> None:
    host = f"{'a' * 60}.{'b' * 60}.stranger.example"
    servers = _servers(base_url=f"http://{host}:8443/{'p' * 400}", base_url_source="project")
    project = {"target": None, "servers": servers, "choice": servers.start(), "ready": False}
    async with start(**project, size=(60, 16)) as it:
        await it.until(lambda: isinstance(it.app.screen, TrustDialog), "the question")
        for text in ("stranger.example, port 8443", "x-api-key from", "n No", "w Without it", "y Send it"):
            await it.sees(text)


async def test_a_server_from_the_list_is_asked_about_unless_the_user_named_it(start: Start, tmp_path: Path) -> None:
    state = Remembered()
    for url in ("http://named.example", STRANGER):
        state.used(url)
    state.name("http://named.example")
    write_state(tmp_path / "state" / "state.json", state)
    async with start(target=None, servers=_servers(), ready=False) as it:
        await it.sees(STRANGER)
        it.app.screen.query_one("#connect-recent").focus()
        await it.press("down", "enter")
        await _asked(it)
        await it.press("escape")
        await it.until(lambda: isinstance(it.app.screen, ConnectScreen))
        it.app.screen.query_one("#connect-recent").focus()
        await it.press("down", "enter")
        await it.until(lambda: bool(_sent(it)))
        assert _sent(it) == [("http://named.example", {"x-api-key": "sk-ambient"})]


async def test_a_pasted_studio_link_is_taken_for_its_server_and_shown(start: Start) -> None:
    async with start(target=None, servers=_servers(), ready=False) as it:
        await it.sees("URL or profile")
        it.app.screen.query_one("#connect-url").focus()
        it.app.screen.query_one("#connect-url").value = (  # type: ignore[attr-defined]
            "https://smith.langchain.com/studio/?baseUrl=http://127.0.0.1:4711"
        )
        await it.press("enter")
        await it.until(lambda: bool(_sent(it)))
        assert _sent(it) == [("http://127.0.0.1:4711", {"x-api-key": "sk-ambient"})]
        await it.sees("Taken from the link of smith.langchain.com")


async def test_another_server_gets_neither_flags_nor_the_key_of_a_profile(start: Start) -> None:
    profile = Profile("prod", "https://prod.example", headers={"X-Team": "blue"})
    servers = Servers(Settings(base_url="https://mine.example", base_url_source="flag", profiles={"prod": profile}), {},
                      headers=["Authorization: Bearer t"])  # fmt: skip
    async with start(target=None, servers=servers, choice=servers.start()) as it:
        await it.sees("Message to agent")
        for url in (STRANGER, "prod", "https://mine.example"):
            it.app.perform("server", url)
            await it.until(lambda: not it.app.work.activities)
        assert _sent(it) == [
            ("https://mine.example", {"Authorization": "Bearer t"}),
            (STRANGER, {}),
            ("https://prod.example", {"X-Team": "blue"}),
            ("https://mine.example", {"Authorization": "Bearer t"}),
        ]


async def test_after_a_401_any_header_can_be_given_and_is_kept_for_that_server_only(start: Start) -> None:
    fake = FakeStudio()
    refused = AuthError("mine wants credentials (401)", "Invalid token: get one at the portal", "", status=401)
    fake.fail["connect"] = [refused, refused]
    servers = _servers()
    async with start(
        studio=fake, ready=False, target=None, servers=servers, choice=servers.named("http://[::1]:1")
    ) as it:
        await it.sees("Invalid token: get one at the portal")
        assert isinstance(it.app.screen, HeaderDialog)
        await it.press("enter")
        await it.sees("The value is empty")
        await it.type("Bearer wrong")
        assert "wrong" not in it.screen
        await it.press("enter")
        await it.until(lambda: len(_sent(it)) == 2, "a second attempt")
        await it.until(lambda: isinstance(it.app.screen, HeaderDialog), "the question again")
        await it.type("Bearer right")
        await it.press("enter")
        await it.sees("Message to agent")
        assert _sent(it)[-1] == ("http://[::1]:1", {"x-api-key": "sk-ambient", "Authorization": "Bearer right"})
        assert servers.named("http://[::1]:1").headers["Authorization"] == "Bearer right"
        assert "Authorization" not in servers.named(STRANGER).headers
        assert it.app.options.paths is not None
        kept = "".join(path.read_text() for path in it.app.options.paths.state_dir.rglob("*") if path.is_file())
        assert "right" not in kept


class _Slow(FakeStudio):
    """Its first server answers only when another one is open, and then with an error."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()

    async def connect(self, target: Any, *, expected: str = "") -> ServerInfo:
        info = await super().connect(target, expected=expected)
        if len(self.called("connect")) == 1:
            await self.answers.wait()
            raise ConnectError("The connection was closed")
        return info


async def test_of_a_server_that_fails_after_another_one_was_chosen_nothing_is_shown(start: Start) -> None:
    fake, servers = _Slow(), _servers()
    async with start(
        studio=fake, ready=False, target=None, servers=servers, choice=servers.named("http://[::1]:1")
    ) as it:
        await it.until(lambda: len(_sent(it)) == 1, "the first attempt")
        it.app.work.start(it.app.opening.go(servers.named("http://[::1]:2")))
        await it.sees("Message to agent")
        fake.answers.set()
        await it.until(lambda: not it.app.work.activities, "the end of the first attempt")
        assert not isinstance(it.app.screen, ConnectScreen)
        assert "The connection was closed" not in it.screen


class _Several(FakeStudio):
    """A server where somebody made an assistant after the server had made its own, the newest first."""

    async def connect(self, target: Any, *, expected: str = "") -> ServerInfo:
        info = await super().connect(target, expected=expected)
        made: JsonObject = {"created_by": "system"}
        self.app_state.assistants.items = [
            replace(AGENT, assistant_id=AssistantId("mine"), created_at=30.0),
            replace(REVIEW, metadata=made, created_at=20.0),
            replace(AGENT, metadata=made, created_at=10.0),
        ]
        return info


async def test_without_a_wish_the_first_graph_of_the_server_opens_and_not_the_newest_assistant(start: Start) -> None:
    fake = _Several()
    async with start(studio=fake, assistant=""):
        assert fake.called("select_assistant") == [AGENT.assistant_id]


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_newcomer_is_told_what_the_program_is_and_what_to_type(
    start: Start, tmp_path: Path, size: tuple[int, int]
) -> None:
    file = tmp_path / "state" / "state.json"
    file.parent.mkdir(parents=True)
    state = Remembered()
    for number in range(12):
        state.used(f"http://127.0.0.1:{3000 + number}")
    write_state(file, state)
    async with start(
        target=None, ready=False, size=size, profiles={"work": Profile("work", base_url="https://w.example")}
    ) as it:
        await it.sees("Connect to a LangGraph server")
        await it.sees("Watch LangGraph agents run")
        said = " ".join(it.screen.replace("│", " ").split())
        for words in ("Type a server's address", "start the demo (", "work", "http://127.0.0.1:3011"):
            assert words in said
        for words in ("URL or profile", "enter Connect", "╰"):
            assert words in it.screen  # nothing is pushed out
