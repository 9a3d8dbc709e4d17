"""Which server is opened with which headers, and that a key goes only where the user meant it to go."""

from __future__ import annotations

import pytest

from studio_tui.config.schema import Profile, Settings
from studio_tui.config.servers import choose_server, normal_url, parse_headers, server_for
from studio_tui.errors import UsageError

KEY = {"LANGSMITH_API_KEY": "sk-secret-1"}


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("http://127.0.0.1:2024/", "http://127.0.0.1:2024"),
        ("localhost:2024", "http://localhost:2024"),
        ("my.server", "https://my.server"),
        ("https://my.server/api/v1/?x=1#y", "https://my.server/api/v1"),
        ("http://[::1]:8123", "http://[::1]:8123"),
        ("  HTTPS://My.Server  ", "https://my.server"),
    ],
)
def test_urls_are_brought_into_one_form(typed: str, url: str) -> None:
    assert normal_url(typed) == url


@pytest.mark.parametrize(
    "typed", ["", "ftp://x", "http://", "http://a b", "http://x:99999", "http://u:p@x", "http://x\x1b"]
)
def test_what_is_no_server_url_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        normal_url(typed)


def test_keys_are_looked_up_in_the_known_order_and_trimmed() -> None:
    env = {"LANGCHAIN_API_KEY": "c", "LANGSMITH_API_KEY": ' "b" ', "LANGGRAPH_API_KEY": ""}
    assert server_for("http://localhost:1", Settings(), env).headers == {"x-api-key": "b"}
    named = Settings(api_key_env="MINE")
    assert server_for("http://localhost:1", named, {**env, "MINE": "m"}).headers == {"x-api-key": "m"}
    with pytest.raises(UsageError, match="MINE"):
        server_for("http://localhost:1", named, env)


def test_a_key_is_not_sent_to_a_host_that_only_a_project_file_names() -> None:
    settings = Settings(base_url="https://stranger", base_url_source="project")
    stranger = choose_server(settings, KEY)
    assert stranger is not None
    assert stranger.headers == {}
    assert "No key is sent" in stranger.warnings[0]
    known = choose_server(settings, KEY, known_origins=["https://stranger"])
    assert known is not None
    assert known.headers == {"x-api-key": "sk-secret-1"}


def test_an_unencrypted_key_is_warned_of_but_not_on_this_machine() -> None:
    assert "unencrypted" in server_for("http://far", Settings(), KEY).warnings[0]
    assert server_for("http://127.0.0.1:1", Settings(), KEY).warnings == ()


def test_header_values_come_from_environment_or_command() -> None:
    profile = Profile("p", "https://x", headers={"Authorization": "env:TOKEN", "X-Team": "cmd:printf blue", "X-A": "b"})
    chosen = choose_server(Settings(profile="p", profiles={"p": profile}), {"TOKEN": "Bearer t"})
    assert chosen is not None
    assert chosen.headers == {"Authorization": "Bearer t", "X-Team": "blue", "X-A": "b"}


@pytest.mark.parametrize("value", ["env:NOPE", "cmd:exit 3", "cmd:true"])
def test_a_header_that_cannot_be_had_is_an_error_that_names_it(value: str) -> None:
    profile = Profile("p", "https://x", headers={"X-Team": value})
    with pytest.raises(UsageError, match="X-Team"):
        choose_server(Settings(profile="p", profiles={"p": profile}), {})


def test_a_key_with_a_line_break_is_refused_without_being_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        server_for("http://localhost", Settings(), {"LANGSMITH_API_KEY": "sk-\nsecret"})
    assert "secret" not in str(caught.value) + caught.value.hint


def test_no_secret_is_in_the_repr() -> None:
    assert "sk-secret" not in repr(server_for("http://localhost", Settings(), KEY))


def test_an_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="prod") as caught:
        choose_server(Settings(profile="pord", profiles={"prod": Profile("prod", "http://x")}), {})
    assert "prod" in caught.value.detail


@pytest.mark.parametrize("line", ["no colon", ": x", "a b: c", "é: x"])
def test_malformed_headers_are_refused(line: str) -> None:
    with pytest.raises(UsageError):
        parse_headers([line])
