"""`doctor` goes the way that the program goes: same proxy, same keys, same words; and gives no key away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from studio_tui.cli.main import main
from studio_tui.cli.output.stdout import dump
from studio_tui.client.proxy import proxy_for
from studio_tui.errors import UsageError
from tests.paths import FIXTURES

KEY = "lsv2-very-secret"


class Recorded(BaseHTTPRequestHandler):
    """A server that answers as a recorded JavaScript server did; also when it is asked as a proxy."""

    told: ClassVar[dict[str, Any]] = {}
    asked: ClassVar[list[str]] = []

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append(f"{self.command} {self.path}")
        item = self.told.get(f"{self.command} {urlsplit(self.path).path}", {"status": 404, "body": "404 Not Found"})
        body = item["body"] if isinstance(item["body"], str) else json.dumps(item["body"])
        self.send_response(item["status"])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = do_CONNECT = answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server; what it answers and what it was asked is in `Recorded`."""
    Recorded.told = json.loads((FIXTURES / "shown/js-1.5.1.json").read_text(encoding="utf-8"))
    Recorded.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorded) as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the person who runs the tests."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)


def findings(text: str) -> dict[str, dict[str, Any]]:
    return {item["check"]: item for item in json.loads(text)["findings"]}


def test_behind_a_proxy_every_hop_and_request_is_the_proxys(
    server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://somebody:hidden-pass@{server}")
    assert main(["doctor", "http://langgraph.internal:8123", "--json"]) == 0
    out = capsys.readouterr().out
    told = findings(out)
    assert server in told["proxy"]["detail"]
    assert "HTTP_PROXY" in told["proxy"]["detail"]
    assert told["DNS"]["detail"] == "127.0.0.1"
    assert told["server"]["verdict"] == "ok"
    assert Recorded.asked
    assert all(" http://langgraph.internal:8123/" in line for line in Recorded.asked)
    assert "hidden-pass" not in out


def test_what_fails_is_told_in_the_words_of_the_program(
    server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", f"https://{server}", "--json"]) == 3
    tls = findings(capsys.readouterr().out)["TLS"]
    assert tls["verdict"] == "fail"
    assert "try http:// instead of https://" in tls["hint"]
    monkeypatch.setenv("HTTPS_PROXY", f"http://{server}")
    assert main(["doctor", "https://langgraph.internal", "--json"]) == 3
    refused = findings(capsys.readouterr().out)["TLS"]["detail"]
    assert refused.startswith("The proxy refuses to reach langgraph.internal.")
    assert refused.count(server) == 1


@pytest.mark.parametrize("form", [["--json"], ["--format", "jsonl"], []])
def test_a_key_that_the_server_repeats_is_printed_nowhere(
    form: list[str], server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    info = Recorded.told["GET /info"]["body"]
    Recorded.told["GET /info"]["body"] = {**info, "version": KEY, "echo": [{KEY: f"Bearer {KEY}"}], "del": "a\x7f\x9bb"}
    assert main(["doctor", f"http://{server}", "--header", f"x-api-key: {KEY}", *form]) == 0
    told = capsys.readouterr()
    assert KEY not in told.out + told.err
    assert "•••" in told.out
    assert not {"\x7f", "\x9b"} & set(told.out)


def test_data_of_every_command_hides_the_key(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"thread_id": "t", "metadata": {"headers": {"x-api-key": KEY}}}]
    Recorded.told["POST /threads/search"] = {"status": 200, "body": rows}
    flags = ["--base-url", f"http://{server}", "--header", f"x-api-key: {KEY}", "--format", "json"]
    assert main([*flags, "threads", "ls"]) == 0
    out = capsys.readouterr().out
    assert KEY not in out
    assert json.loads(out)[0]["thread_id"] == "t"


def test_json_holds_no_control_character_raw() -> None:
    value = {"text": "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))}
    for text in (dump({"only": "\x7f"}, None), dump(value, 2)):
        assert not any((ord(char) < 0x20 and char != "\n") or 0x7F <= ord(char) < 0xA0 for char in text)
    assert json.loads(dump(value, None)) == value


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        ("http://h.example", {}, ""),
        ("http://h.example", {"HTTP_PROXY": "http://p:1"}, "p:1 HTTP_PROXY"),
        ("https://h.example", {"HTTP_PROXY": "http://p:1"}, ""),
        ("https://h.example", {"HTTPS_PROXY": "p:1"}, "p:1 HTTPS_PROXY"),
        ("https://h.example", {"ALL_PROXY": "http://u:x@[::1]:9"}, "[::1]:9 ALL_PROXY"),
        ("http://h.example", {"HTTP_PROXY": "http://p"}, "p:80 HTTP_PROXY"),
        ("http://127.0.0.1:2024", {"ALL_PROXY": "http://p:1"}, ""),
        ("http://localhost:2024", {"ALL_PROXY": "http://p:1"}, ""),
        *[
            ("http://a.h.example:8123", {"ALL_PROXY": "http://p:1", "NO_PROXY": item}, "")
            for item in ("*", "h.example", ".h.example", "*.h.example", "x, A.h.example", "h.example:8123")
        ],
        *[
            ("http://a.h.example:8123", {"ALL_PROXY": "http://p:1", "NO_PROXY": item}, "p:1 ALL_PROXY")
            for item in ("", "example.h", "b.h.example", "h.example:80", "ample")
        ],
        ("http://10.1.2.3", {"ALL_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, ""),
        ("http://10.1.2.3", {"ALL_PROXY": "http://p:1", "NO_PROXY": "11.0.0.0/8,3"}, "p:1 ALL_PROXY"),
    ],
)
def test_which_proxy_a_server_is_reached_through(
    url: str, environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = proxy_for(url)
    assert (f"{found.shown} {found.source}" if found is not None else "") == expected


@pytest.mark.parametrize("value", ["socks5://p:1", "socks4://p", "ftp://p", "http://", "http://p:99999"])
def test_a_proxy_that_cannot_be_used_is_said_and_nothing_is_sent(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", value)
    monkeypatch.setattr("studio_tui.client.proxy.find_spec", lambda _: None)
    with pytest.raises(UsageError) as refused:
        proxy_for("http://h.example")
    assert "HTTP_PROXY" in str(refused.value)
