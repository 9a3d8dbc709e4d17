"""Which server is opened with which headers, and that a key goes only where the user meant it to go."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from studio_tui.config.credentials import parse_headers
from studio_tui.config.load import load_settings
from studio_tui.config.paths import Paths
from studio_tui.config.schema import Profile, Settings
from studio_tui.config.servers import DEFAULT_URL, ServerChoice, Servers
from studio_tui.config.trust import Trust
from studio_tui.errors import UsageError

AMBIENT = {"LANGSMITH_API_KEY": "ambient"}
MINE, STRANGER = "https://mine.example", "https://stranger.example"


class World:
    """Files, environment and flags of one start, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder / "config", folder / "state", folder / "project.toml")
        self.paths.config_dir.mkdir()
        self.env: dict[str, str] = {}
        self.flags: dict[str, Any] = {}
        self.headers: Sequence[str] = ()

    def user(self, text: str) -> World:
        self.paths.config_file.write_text(text)
        return self

    def project(self, text: str) -> World:
        self.paths.project_file.write_text(text)
        return self

    def servers(self) -> Servers:
        settings = load_settings(self.paths, self.env, self.flags)
        return Servers(settings, self.env, headers=self.headers, trust=Trust(self.paths.trust_file))

    def start(self) -> ServerChoice:
        return self.servers().start() or self.servers().default()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def servers(env: dict[str, str] | None = None, **settings: Any) -> Servers:
    return Servers(Settings(**settings), env or {})


# -- where the URL came from × where the key came from → what goes out at once, and what waits for a yes ------------


def _url_from(world: World, source: str) -> str:
    """Let `source` name the server that is opened, and return its URL."""
    if source == "flag":
        world.flags["base_url"] = STRANGER
    elif source == "environment":
        world.env["STUDIO_TUI_BASE_URL"] = STRANGER
    elif source == "user file":
        world.user(f'base_url = "{STRANGER}"')
    elif source == "project file":
        world.project(f'base_url = "{STRANGER}"')
    elif source == "project file, loopback":
        world.project('base_url = "http://127.0.0.1:4711"')
        return "http://127.0.0.1:4711"
    elif source == "link":
        world.flags["base_url"] = f"https://smith.langchain.com/studio/?baseUrl={STRANGER}"
    elif source == "link, loopback":
        world.flags["base_url"] = "https://smith.langchain.com/studio/?baseUrl=http://127.0.0.1:4711"
        return "http://127.0.0.1:4711"
    else:
        return DEFAULT_URL
    return STRANGER


def _key_from(world: World, source: str) -> None:
    if source == "ambient":
        world.env.update(AMBIENT)
    elif source == "flag":
        world.env["MY_KEY"], world.flags["api_key_env"] = "flagged", "MY_KEY"
    elif source == "header":
        world.headers = ["Authorization: Bearer typed"]
    elif source == "environment":
        world.env.update(MY_KEY="from env", STUDIO_TUI_API_KEY_ENV="MY_KEY")
    elif source == "user file":
        world.env["MY_KEY"] = "from file"
        file = world.paths.config_file
        world.user('api_key_env = "MY_KEY"\n' + (file.read_text() if file.exists() else ""))
    elif source == "user file, for another server":
        world.env["MY_KEY"] = "of mine"
        world.user(f'api_key_env = "MY_KEY"\nbase_url = "{MINE}"')
    elif source == "profile of another server":
        world.env["MY_KEY"] = "of mine"
        file = world.paths.config_file
        profile = f'\n[profiles.mine]\nbase_url = "{MINE}"\napi_key_env = "MY_KEY"\nheaders = {{ X-Team = "blue" }}'
        world.user((file.read_text() if file.exists() else "") + profile)


NAMED = ["flag", "environment", "user file", "link, loopback"]
ASKED = ["project file", "project file, loopback", "link"]
KEYS = ["ambient", "flag", "header", "environment", "user file"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("source", NAMED)
def test_a_server_that_the_user_named_gets_the_key_that_the_user_gave(world: World, source: str, key: str) -> None:
    url = _url_from(world, source)
    _key_from(world, key)
    choice = world.start()
    assert (choice.base_url, len(choice.headers), choice.waits) == (url, 1, ())


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("source", ASKED)
def test_a_server_that_something_else_named_gets_nothing_before_a_yes(world: World, source: str, key: str) -> None:
    url = _url_from(world, source)
    _key_from(world, key)
    for _start in range(3):
        choice = world.start()
        assert (choice.base_url, choice.headers, len(choice.asks)) == (url, {}, 1)
        assert choice.why
    granted = world.servers().granted(choice)
    assert (len(granted.headers), granted.waits) == (1, ())
    assert world.start().headers == granted.headers


@pytest.mark.parametrize("key", ["user file, for another server", "profile of another server"])
@pytest.mark.parametrize("source", ["flag", "environment", "project file", "link"])
def test_a_key_setting_belongs_to_the_server_it_was_given_for(world: World, source: str, key: str) -> None:
    url = _url_from(world, source)
    _key_from(world, key)
    choice = world.start()
    assert (choice.base_url, choice.headers, choice.waits) == (url, {}, ())


@pytest.mark.parametrize(("key", "sent"), [("ambient", 0), ("flag", 1), ("header", 1), ("user file", 1)])
def test_the_default_server_gets_only_what_was_written_for_this_program(world: World, key: str, sent: int) -> None:
    _key_from(world, key)
    choice = world.start()
    assert (choice.base_url, len(choice.headers)) == (DEFAULT_URL, sent)


@pytest.mark.parametrize(("key", "sent"), [("ambient", 0), ("flag", 1), ("header", 1), ("user file", 0)])
def test_a_server_that_we_started_gets_only_what_was_typed_for_it(world: World, key: str, sent: int) -> None:
    world.project(f'base_url = "{STRANGER}"')
    _key_from(world, key)
    made = world.servers()
    assert len(made.own("http://127.0.0.1:4711").headers) == sent
    assert made.named(STRANGER).headers.keys() <= {"x-api-key"}


def test_flags_belong_to_the_server_of_their_command_line(world: World) -> None:
    world.env, world.headers = {"MY_KEY": "k"}, ["X-Tenant: t"]
    world.flags = {"base_url": MINE, "api_key_env": "MY_KEY"}
    made = world.servers()
    first = made.start()
    assert first is not None
    assert first.headers == {"X-Tenant": "t", "x-api-key": "k"}
    assert made.named(STRANGER).headers == {}
    assert made.named(f"{MINE}/prefix").headers == first.headers
    assert made.named("http://mine.example").headers == {}


def test_flags_of_a_start_that_was_refused_go_nowhere_else(world: World) -> None:
    world.project(f'base_url = "{STRANGER}"')
    world.headers = ["X-Tenant: t"]
    made = world.servers()
    assert made.start() is not None
    assert made.named(MINE).headers == {}


def test_a_project_that_names_a_server_of_the_users_own_file_is_no_stranger(world: World) -> None:
    world.env = {"MY_KEY": "k", **AMBIENT}
    world.user(f'[profiles.p]\nbase_url = "{MINE}"\nreadonly = true').project(f'base_url = "{MINE}"')
    choice = world.start()
    assert (choice.headers, choice.waits, choice.readonly) == ({"x-api-key": "ambient"}, (), True)
    world.user(f'base_url = "{MINE}"\napi_key_env = "MY_KEY"').project(f'base_url = "{MINE}/prefix"')
    assert world.start().headers == {"x-api-key": "k"}


def test_names_of_this_machine_are_not_one_server(world: World) -> None:
    world.env = {"MY_KEY": "k"}
    world.user('base_url = "http://127.0.0.1:4711"\napi_key_env = "MY_KEY"')
    made = world.servers()
    assert made.named("http://127.0.0.1:4711").headers == {"x-api-key": "k"}
    for other in ("http://localhost:4711", "http://[::1]:4711", "http://127.0.0.1:4712"):
        assert made.named(other).headers == {}


def test_a_server_from_the_list_is_not_trusted_for_being_remembered() -> None:
    made = servers(dict(AMBIENT))
    picked = made.named(STRANGER, source="recent")
    assert (picked.headers, picked.asks) == ({}, ("x-api-key from LANGSMITH_API_KEY",))
    assert made.named(STRANGER).headers == {"x-api-key": "ambient"}


def test_a_yes_is_for_this_key_and_this_origin_only(world: World) -> None:
    world.env = dict(AMBIENT)
    world.project(f'base_url = "{STRANGER}"')
    world.servers().granted(world.start())
    assert "ambient" not in world.paths.trust_file.read_text()
    assert stat.S_IMODE(world.paths.trust_file.stat().st_mode) == 0o600
    assert world.start().headers == {"x-api-key": "ambient"}
    world.headers = ["Authorization: Bearer other"]
    assert world.start().asks == ("Authorization from --header", "x-api-key from LANGSMITH_API_KEY")
    world.headers = ()
    world.project(f'base_url = "{STRANGER}:8443"')
    assert world.start().headers == {}


def test_no_command_runs_and_no_key_is_read_before_the_yes(world: World, tmp_path: Path) -> None:
    world.project(f'base_url = "{STRANGER}"')
    world.headers = [f"Authorization: cmd:touch {tmp_path}/ran; echo token"]
    choice = world.start()
    assert not (tmp_path / "ran").exists()
    assert "token" not in repr(choice)
    assert world.servers().granted(choice).headers == {"Authorization": "token"}


@pytest.mark.parametrize("text", ["", "[]", '{"https://stranger.example:443": 1}', "{" * 100_000])
def test_damaged_memory_of_trust_trusts_nobody(world: World, text: str) -> None:
    world.paths.state_dir.mkdir()
    world.paths.trust_file.write_text(text)
    world.env = dict(AMBIENT)
    assert world.project(f'base_url = "{STRANGER}"').start().headers == {}


def test_a_header_of_this_session_goes_to_its_origin_only() -> None:
    made = servers()
    made.give(MINE, "Authorization", "Bearer old")
    made.give(MINE, "authorization", "Bearer new")
    assert made.named(f"{MINE}/prefix").headers == {"authorization": "Bearer new"}
    assert made.named(STRANGER).headers == {}


# -- readonly ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strict", ["user", "project", "environment", "flag"])
def test_readonly_is_only_ever_made_stricter(world: World, strict: str) -> None:
    world.user(f"readonly = {str(strict == 'user').lower()}").project(f"readonly = {str(strict == 'project').lower()}")
    world.env["STUDIO_TUI_READONLY"] = str(int(strict == "environment"))
    world.flags["readonly"] = True if strict == "flag" else None
    settings = load_settings(world.paths, world.env, world.flags)
    assert settings.readonly
    assert settings.readonly_source == {"environment": "env"}.get(strict, strict)
    assert world.start().readonly


def test_a_protected_profile_is_protected_under_its_plain_url() -> None:
    made = servers(profiles={"prod": Profile("prod", f"{MINE}/", readonly=True)})
    assert made.named(MINE).readonly
    assert not made.named(f"{MINE}/other").readonly


# -- values -----------------------------------------------------------------------------------------------------


def test_keys_are_looked_up_in_the_known_order_and_trimmed() -> None:
    env = {"LANGCHAIN_API_KEY": "c", "LANGSMITH_API_KEY": ' "b" ', "LANGGRAPH_API_KEY": ""}
    assert servers(env).named("http://localhost:1").headers == {"x-api-key": "b"}
    assert servers({**env, "MINE": "m"}).named("http://localhost:1", key_env="MINE").headers == {"x-api-key": "m"}
    with pytest.raises(UsageError, match="MINE"):
        servers(env).named("http://localhost:1", key_env="MINE")


def test_an_unencrypted_key_is_warned_of_but_not_on_this_machine() -> None:
    assert "unencrypted" in servers(dict(AMBIENT)).named("http://far").warnings[0]
    assert servers(dict(AMBIENT)).named("http://127.0.0.1:1").warnings == ()


def test_header_values_come_from_environment_or_command() -> None:
    profile = Profile("p", "https://x", headers={"Authorization": "env:TOKEN", "X-Team": "cmd:printf blue", "X-A": "b"})
    chosen = servers({"TOKEN": "Bearer t"}, profile="p", profiles={"p": profile}).start()
    assert chosen is not None
    assert chosen.headers == {"Authorization": "Bearer t", "X-Team": "blue", "X-A": "b"}


@pytest.mark.parametrize("value", ["env:NOPE", "cmd:exit 3", "cmd:true"])
def test_a_header_that_cannot_be_had_is_an_error_that_names_it(value: str) -> None:
    profile = Profile("p", "https://x", headers={"X-Team": value})
    with pytest.raises(UsageError, match="X-Team"):
        servers(profile="p", profiles={"p": profile}).start()


def test_a_key_with_a_line_break_is_refused_without_being_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        servers({"LANGSMITH_API_KEY": "sk-\nsecret"}).named("http://localhost")
    assert "secret" not in str(caught.value) + caught.value.hint


def test_no_secret_is_in_the_repr() -> None:
    assert "ambient" not in repr(servers(dict(AMBIENT)).named("http://localhost"))


def test_an_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="prod") as caught:
        servers(profile="pord", profiles={"prod": Profile("prod", "http://x")}).start()
    assert "prod" in caught.value.detail


@pytest.mark.parametrize("line", ["no colon", ": x", "a b: c", "é: x"])
def test_malformed_headers_are_refused(line: str) -> None:
    with pytest.raises(UsageError):
        parse_headers([line])
