"""What really goes out: the whole command line against a server that writes down every header it gets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from studio_tui.cli.main import main

SECRETS = ("ambient-secret", "named-secret", "typed-secret")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[str] = []
        super().__init__(("::", 0) if socket.has_ipv6 else ("127.0.0.1", 0), _Recorder)

    address_family = socket.AF_INET6 if socket.has_ipv6 else socket.AF_INET

    def server_bind(self) -> None:
        if socket.has_ipv6:  # one server under all three names
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class _Recorder(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        assert isinstance(self.server, _Server)
        self.server.heard.append(f"{self.command} {self.path}\n{self.headers}")
        self.send_response(404)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Wire:
    """A server under the names of this machine, and a command line beside it."""

    def __init__(self, server: _Server, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._server = server
        self._patch = patch
        self.project = folder / ".studio-tui.toml"
        self.user = folder / "config" / "studio-tui" / "config.toml"
        self.user.parent.mkdir(parents=True)

    def url(self, name: str = "127.0.0.1") -> str:
        return f"http://{name}:{self._server.server_address[1]}"

    def sends(self, *words: str, **env: str) -> tuple[int, bool, list[str]]:
        """Run the command; return its exit code, whether anything came, and which secrets came with it."""
        self._server.heard.clear()
        with self._patch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            code = main(["threads", "ls", *words])
        heard = "\n".join(self._server.heard)
        return code, bool(heard), [secret for secret in SECRETS if secret in heard]


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield Wire(server, tmp_path, monkeypatch)
    server.shutdown()
    server.server_close()


AMBIENT: dict[str, str] = {"LANGSMITH_API_KEY": "ambient-secret"}
NAMED: dict[str, str] = {"MY_KEY": "named-secret"}
TYPED = ("--header", "Authorization: Bearer typed-secret")


def test_a_cloned_repository_collects_no_key_however_often_it_is_started(
    wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.project.write_text(f'base_url = "{wire.url()}"')
    for _start in range(3):
        assert wire.sends(**AMBIENT) == (2, False, [])
        said = capsys.readouterr().err
        assert wire.url() in said
        assert "LANGSMITH_API_KEY" in said
        assert "--base-url" in said
    assert wire.sends(*TYPED) == (2, False, [])
    wire.user.write_text('api_key_env = "MY_KEY"')
    assert wire.sends(**NAMED) == (2, False, [])
    assert wire.sends("--yes", **NAMED) == (2, False, [])
    # The user names it: that is for this once, and no yes to the file.
    assert wire.sends("--base-url", wire.url(), **NAMED)[1:] == (True, ["named-secret"])
    assert wire.sends(**NAMED) == (2, False, [])


def test_without_a_secret_there_is_nothing_to_ask(wire: Wire) -> None:
    wire.project.write_text(f'base_url = "{wire.url()}"')
    assert wire.sends()[1:] == (True, [])


@pytest.mark.parametrize(
    ("user", "words", "env", "sent"),
    [
        ("", ("--base-url", "{url}"), AMBIENT, ["ambient-secret"]),
        ("", (), {"STUDIO_TUI_BASE_URL": "{url}", **AMBIENT}, ["ambient-secret"]),
        ('base_url = "{url}"\napi_key_env = "MY_KEY"', (), {**AMBIENT, **NAMED}, ["named-secret"]),
        ('base_url = "{other}"\napi_key_env = "MY_KEY"', ("--base-url", "{url}"), NAMED, []),
        ('[profiles.p]\nbase_url = "{other}"\napi_key_env = "MY_KEY"', ("--base-url", "{url}"), NAMED, []),
        ('[profiles.p]\nbase_url = "{url}"\napi_key_env = "MY_KEY"', ("--profile", "p"), NAMED, ["named-secret"]),
        ('api_key_env = "MY_KEY"\n[profiles.p]\nbase_url = "{url}"', ("--profile", "p"), NAMED, ["named-secret"]),
        ('base_url = "{other}"\napi_key_env = "MY_KEY"\n[profiles.p]\nbase_url="{url}"', ("--profile", "p"), NAMED, []),
        ("", ("--base-url", "https://smith.langchain.com/studio/?baseUrl={url}"), AMBIENT, ["ambient-secret"]),
        ("", ("--base-url", "{url}", *TYPED), {}, ["typed-secret"]),
    ],
)  # fmt: skip
def test_a_key_goes_where_the_user_gave_it_and_nowhere_else(
    wire: Wire, user: str, words: tuple[str, ...], env: dict[str, str], sent: list[str]
) -> None:
    def filled(text: str) -> str:
        return text.replace("{url}", wire.url()).replace("{other}", wire.url("localhost"))

    wire.user.write_text(filled(user))
    code, came, secrets = wire.sends(*map(filled, words), **{name: filled(value) for name, value in env.items()})
    assert (came, secrets) == (True, sent), code


@pytest.mark.parametrize("name", ["localhost", "[::1]"])
def test_another_name_of_this_machine_is_another_server(wire: Wire, name: str) -> None:
    if name == "[::1]" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    wire.user.write_text(f'base_url = "{wire.url()}"\napi_key_env = "MY_KEY"')
    assert wire.sends(**NAMED)[2] == ["named-secret"]
    assert wire.sends("--base-url", wire.url(name), **NAMED)[1:] == (True, [])


@pytest.mark.parametrize(
    "url", ["{url}/?token=typed-secret", "{url}/#x", "http://me:typed-secret@127.0.0.1:1", "{url}/studio/?orgId=1"]
)
def test_a_url_that_says_two_things_is_refused_and_nothing_is_sent(
    wire: Wire, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = url.replace("{url}", wire.url())
    assert wire.sends("--base-url", url, **AMBIENT) == (2, False, [])
    assert "typed-secret" not in capsys.readouterr().err
    assert wire.sends(STUDIO_TUI_BASE_URL=url, **AMBIENT) == (2, False, [])
    wire.user.write_text(f'[profiles.p]\nbase_url = "{url}"')
    assert wire.sends("--profile", "p", **AMBIENT) == (2, False, [])
    assert main(["doctor", url]) == 2


def test_a_studio_link_never_leads_to_the_host_of_the_link(wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
    link = f"{wire.url('localhost')}/studio/?baseUrl=http%3A%2F%2F127.0.0.1%3A9&organizationId=1"
    assert wire.sends("--base-url", link, **AMBIENT) == (3, False, [])
    assert "http://127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.parametrize("project", ['api_key_env = "X"', "[keys]", 'log_file = "x"', "a = " + "[" * 5000])
def test_a_project_file_may_not_say_more_than_a_server_and_looks(wire: Wire, project: str) -> None:
    wire.project.write_text(project)
    assert wire.sends(**AMBIENT) == (2, False, [])


def test_info_shows_what_waits_and_sends_nothing(wire: Wire, capsys: pytest.CaptureFixture[Any]) -> None:
    wire.project.write_text(f'base_url = "{wire.url()}"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGSMITH_API_KEY", "ambient-secret")
        assert main(["info"]) == 0
    said = capsys.readouterr().out
    assert "no key, no headers" in said
    assert "x-api-key from LANGSMITH_API_KEY" in said
    assert "ambient-secret" not in said
