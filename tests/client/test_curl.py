"""The curl line says exactly what was sent, and no secret."""

from __future__ import annotations

import shlex

import pytest

from studio_tui.client.curl import curl_line

URL = "http://127.0.0.1:2024/threads/search?a=1&b=x y"


def test_a_request_becomes_a_pasteable_command() -> None:
    line = curl_line(
        "POST", URL, [("content-type", "application/json"), ("accept", "application/json")], '{"a": "it\'s"}'
    )
    assert shlex.split(line) == [
        "curl", "-sS", "-X", "POST", URL,
        "-H", "content-type: application/json", "-H", "accept: application/json", "--data", '{"a": "it\'s"}',
    ]  # fmt: skip


def test_streams_are_not_buffered_and_get_has_no_method() -> None:
    line = curl_line("GET", URL, [("accept", "text/event-stream"), ("last-event-id", "-1")], None)
    assert shlex.split(line) == ["curl", "-sS", "-N", URL, "-H", "accept: text/event-stream", "-H", "last-event-id: -1"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x-api-key", '"x-api-key: $LANGGRAPH_API_KEY"'),
        ("X-API-Key", '"x-api-key: $LANGGRAPH_API_KEY"'),
        ("Authorization", '"Authorization: ${AUTHORIZATION}"'),
        ("X-Tenant.Id", '"X-TenantId: ${X_TENANT_ID}"'),
        ("a`b$c", '"abc: ${A_B_C}"'),
    ],
)
def test_credentials_are_variables(name: str, shown: str) -> None:
    line = curl_line("GET", URL, [(name, "SECRET")], None)
    assert line.endswith(f"-H {shown}")
    assert "SECRET" not in line


def test_a_huge_body_is_read_from_a_file() -> None:
    line = curl_line("PUT", URL, [], "x" * 1_000_000)
    assert line.endswith("--data @request.json")
    assert len(line) < 200


@pytest.mark.parametrize("evil", ["'; rm -rf ~; '", "$(id)", "`id`", "a\nb", "\\"])
def test_nothing_in_url_or_body_escapes_its_quotes(evil: str) -> None:
    words = shlex.split(curl_line("POST", f"http://h/{evil}", [], evil))
    assert words == ["curl", "-sS", "-X", "POST", f"http://h/{evil}", "--data", evil]
