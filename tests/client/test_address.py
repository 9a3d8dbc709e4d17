"""One rule for every place where a server is named: one form, one origin, and what is refused in words."""

from __future__ import annotations

import ssl

import httpx
import pytest

from studio_tui.address import Address, is_loopback, read_address, same_origin, server_url
from studio_tui.client.http import Http
from studio_tui.client.target import Target
from studio_tui.errors import UsageError


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("http://127.0.0.1:2024/", "http://127.0.0.1:2024"),
        ("localhost:2024", "http://localhost:2024"),
        ("127.0.0.1:2024", "http://127.0.0.1:2024"),
        ("[::1]:2024", "http://[::1]:2024"),
        ("my.server", "https://my.server"),
        ("https://my.server/api/v1/", "https://my.server/api/v1"),
        ("http://[::1]:8123", "http://[::1]:8123"),
        ("http://[0:0:0:0:0:0:0:1]:8123", "http://[::1]:8123"),
        ("http://[2001:DB8::0:A]/x", "http://[2001:db8::a]/x"),
        ("localhost.:2024", "http://localhost.:2024"),
        ("  HTTPS://My.Server  ", "https://my.server"),
        ("https://my.server:443", "https://my.server"),
        ("http://my.server:80/x", "http://my.server/x"),
        ("https://exаmple.com", "https://xn--exmple-4nf.com"),  # the third letter is Cyrillic
    ],
)
def test_urls_are_brought_into_one_form(typed: str, url: str) -> None:
    assert read_address(typed) == Address(url)
    assert Target(typed).base_url == url


@pytest.mark.parametrize("prefix", ["", "/pre/fix"])
@pytest.mark.parametrize(
    "page",
    ["/docs", "/docs/", "/docs#tag/assistants/POST/assistants/search", "/openapi.json", "/info", "/ok", "/health",
     "/assistants", "/assistants/search", "/threads/search/", "/threads/count", "/runs/stream", "/store/items/search",
     "/threads/0199bbbb-0000-7000-8000-000000000001/runs/stream", "/runs/crons/search", "/mcp",
     "/assistants/0199bbbb-0000-7000-8000-000000000001/graph", "/threads/0199bbbb-0000-7000-8000-000000000001"],
)  # fmt: skip
def test_a_pasted_page_of_a_server_means_the_server(prefix: str, page: str) -> None:
    assert read_address(f"http://my.server:8123{prefix}{page}").url == f"http://my.server:8123{prefix}"
    assert Target(f"my.server{prefix}{page}").base_url == f"https://my.server{prefix}"


@pytest.mark.parametrize(
    "path", ["/docs/api", "/information", "/myok", "/assistants/x/search", "/threads/mine", "/runs", "/store"]
)
def test_a_prefix_that_only_looks_like_a_page_stays(path: str) -> None:
    assert server_url(f"http://my.server{path}") == f"http://my.server{path}"


@pytest.mark.parametrize(
    "typed",
    ["", "ftp://x", "http://", "http://a b", "http://x:99999", "http://x:", "http://u:p@x", "http://@x", "http://x\x1b",
     "http:/x", "http://good\\@evil", "http://%6c", "http://[nonsense]", "https://x?a=b", "https://x#y", "https://x/?"],
)  # fmt: skip
def test_what_is_no_server_url_is_refused_everywhere(typed: str) -> None:
    for read in (read_address, server_url, Target):
        with pytest.raises(UsageError) as caught:
            read(typed)
        assert caught.value.hint


@pytest.mark.parametrize(
    "link",
    [
        "https://smith.langchain.com/studio/?baseUrl=http://127.0.0.1:2024",
        "https://smith.langchain.com/studio/?baseUrl=http%3A%2F%2F127.0.0.1%3A2024%2F&organizationId=1",
        "https://smith.langchain.com/studio/thread/1?organizationId=2&baseUrl=127.0.0.1:2024&mode=graph",
        "smith.langchain.com/studio/?baseUrl=http://127.0.0.1:2024",
    ],
)
def test_a_studio_link_names_the_server_in_it(link: str) -> None:
    assert read_address(link) == Address("http://127.0.0.1:2024", linked="smith.langchain.com")
    with pytest.raises(UsageError):
        Target(link)


@pytest.mark.parametrize(
    "link",
    [
        "https://smith.langchain.com/studio/?organizationId=1",
        "https://smith.langchain.com/studio/?baseurl=http://127.0.0.1:1",
        "https://smith.langchain.com/studio/?baseUrl=",
        "https://smith.langchain.com/studio/?baseUrl=http://a&baseUrl=http://b",
        "https://smith.langchain.com/studio/?baseUrl=http://u:p@127.0.0.1:1",
        "https://smith.langchain.com/studio/?baseUrl=https://x%3Fa%3Db",
        "https://smith.langchain.com/studio/?baseUrl=javascript:alert(1)",
        "https://smith.langchain.com/studio/?baseUrl=http://127.0.0.1:1#x",
        "https://u:p@smith.langchain.com/studio/?baseUrl=http://127.0.0.1:1",
    ],
)
def test_any_other_query_is_refused(link: str) -> None:
    with pytest.raises(UsageError):
        read_address(link)


@pytest.mark.parametrize(
    "typed", ["http://me:hunter2@x", "http://me:hunter2/@x:zz", "https://x/?api_key=hunter2", "http://x:hunter2@"]
)
def test_a_refusal_never_repeats_a_secret(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_address(typed)
    error = caught.value
    assert "hunter" not in f"{error.title} {error.detail} {error.hint}"


def test_names_of_this_machine_are_three_origins() -> None:
    names = [f"http://{host}:2024" for host in ("127.0.0.1", "localhost", "[::1]")]
    assert all(is_loopback(name) for name in names)
    assert [[same_origin(one, other) for other in names] for one in names] == [
        [True, False, False], [False, True, False], [False, False, True],
    ]  # fmt: skip
    assert same_origin("https://x", "https://x:443/prefix")
    assert not same_origin("https://x", "http://x")
    assert not is_loopback("http://localhost.example.org")


def test_the_studio_users_scheme_is_no_secret_and_masks_nothing() -> None:
    target = Target("http://127.0.0.1:1", {"x-auth-scheme": "langsmith", "Authorization": "Bearer tok-alice"})
    assert target.scrub("langsmith says: tok-alice") == "langsmith says: •••"
    assert not Target("http://127.0.0.1:1", {"x-auth-scheme": "langsmith"}).has_credentials


@pytest.mark.parametrize(("url", "loaded"), [("http://10.0.0.1:8123", 0), ("https://10.0.0.1:8123", 1)])
async def test_certificates_are_loaded_for_servers_that_show_one(
    monkeypatch: pytest.MonkeyPatch, url: str, loaded: int
) -> None:
    """It takes sixteen milliseconds, before the first request."""
    made: list[ssl.SSLContext] = []

    def counted(**_more: object) -> ssl.SSLContext:
        made.append(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        return made[-1]

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    http = Http(Target(url))
    assert http.sender
    await http.aclose()
    assert len(made) == loaded
