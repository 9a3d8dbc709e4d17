"""`doctor`: says hop by hop what works between here and a server, without writing anything."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import asdict

from studio_tui.cli.context import CliContext
from studio_tui.client.api import Client
from studio_tui.client.proxy import Proxy
from studio_tui.client.target import Target
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.server import CapabilityName, ServerInfo
from studio_tui.errors import StudioError
from studio_tui.text.cells import fit
from studio_tui.text.fmt import duration
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Span

_HOP_SECONDS = 8.0
_HEARTBEAT_SECONDS = 7.0


class Finding(Struct):
    """The outcome of one check: `verdict` is ok, warn, fail or skip."""

    check: str
    verdict: str
    detail: str
    hint: str = ""
    seconds: float | None = None


async def doctor(context: CliContext) -> int:
    """Examine a server and print the findings; exit code 3 when it cannot be used."""
    target = context.target(context.args.url or "")
    context.out.code_says_it = True
    findings: list[Finding] = []
    as_json = context.args.json or not context.out.is_text

    def report(finding: Finding) -> None:
        finding.detail, finding.hint = target.scrub(finding.detail), target.scrub(finding.hint)
        findings.append(finding)
        if not as_json:
            _print(context, finding)

    if not as_json:
        context.out.line(Span(f"{target.base_url}", "title"))
    info = await _examine(target, report)
    if as_json:
        context.out.document(
            {
                "url": target.base_url,
                "ok": info is not None,
                "findings": [asdict(item) for item in findings],
                "info": _without_keys(info.raw, target) if info else None,
            }
        )
    return 0 if info is not None else 3


_DEEPEST = 20
"""Levels of `/info` that are printed; servers have three."""


def _without_keys(value: Any, target: Target, levels: int = _DEEPEST) -> Any:
    """The value with what the server repeats of the keys that were sent masked, however short they are."""
    if levels == 0 and isinstance(value, Mapping | list | tuple):
        return "… nested too deeply to be shown"
    if isinstance(value, str):
        return target.scrub(value)
    if isinstance(value, Mapping):
        return {target.scrub(str(key)): _without_keys(item, target, levels - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_keys(item, target, levels - 1) for item in value]
    return value


async def _examine(target: Target, report: Callable[[Finding], None]) -> ServerInfo | None:
    """Go the way that every request of the program goes: the same proxy, certificates, keys and words."""
    try:
        client = Client(target)
    except StudioError as error:
        report(_failed("proxy", error))
        return None
    try:
        proxy = client.http.sender.proxy
        report(_proxy(proxy, target))
        for name, check in _hops(client, target, proxy):
            finding = await _timed(name, check)
            report(finding)
            if finding.verdict == "fail":
                return None
        try:
            info = await client.probe()
        except StudioError as error:
            report(_failed("server", error, proxy))
            return None
        _report_server(info, target, report)
        report(await _stream(client, info))
    finally:
        await client.aclose()
    return info


def _hops(client: Client, target: Target, proxy: Proxy | None) -> list[tuple[str, Callable[[], Awaitable[Finding]]]]:
    """The steps up to the first request; behind a proxy, the proxy looks the server up and reaches it."""
    scheme, host, port = target.origin
    first, door = (proxy.host, proxy.port) if proxy is not None else (host, port)
    hops: list[tuple[str, Callable[[], Awaitable[Finding]]]] = [
        ("DNS", lambda: _dns(first, door)),
        ("TCP", lambda: _tcp(first, door, "proxy" if proxy is not None else "server")),
    ]
    if scheme == "https":
        hops.append(("TLS", lambda: _tls(client, proxy)))
    return hops


def _proxy(proxy: Proxy | None, target: Target) -> Finding:
    if proxy is not None:
        return Finding("proxy", "ok", f"{proxy.shown}, from {proxy.source}; it is asked for {target.host}")
    if target.is_loopback:
        return Finding("proxy", "ok", "none: a server on this machine is reached directly")
    return Finding("proxy", "ok", "none for this server")


def _failed(name: str, error: StudioError, proxy: Proxy | None = None) -> Finding:
    """A failure in the words that the program itself has for it."""
    named = proxy is None or proxy.shown in error.detail
    way = "" if proxy is None or named else f" It was asked through the proxy {proxy.shown} ({proxy.source})."
    detail = ". ".join(part.rstrip(".") for part in (error.title, error.detail) if part)
    return Finding(name, "fail", f"{detail}.{way}", error.hint)


async def _timed(name: str, check: Callable[[], Awaitable[Finding]]) -> Finding:
    start = time.monotonic()
    try:
        finding = await asyncio.wait_for(check(), _HOP_SECONDS)
    except TimeoutError:
        finding = Finding(name, "fail", f"no answer in {_HOP_SECONDS:.0f} s", "A firewall may drop the packets.")
    finding.seconds = time.monotonic() - start
    return finding


async def _dns(host: str, port: int) -> Finding:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return Finding("DNS", "fail", f"{host}: {error.strerror}", "Check the spelling, your VPN and /etc/resolv.conf.")
    return Finding("DNS", "ok", ", ".join(sorted({str(entry[4][0]) for entry in found})))


async def _tcp(host: str, port: int, who: str) -> Finding:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        hint = f"Is the {who} running, and is the port right?"
        return Finding("TCP", "fail", f"port {port}: {error.strerror or error}", hint)
    writer.close()
    return Finding("TCP", "ok", f"port {port} is open")


async def _tls(client: Client, proxy: Proxy | None) -> Finding:
    try:
        version, ends = await client.http.sender.handshake("/info")
    except StudioError as error:
        return _failed("TLS", error, proxy)
    return Finding("TLS", "ok", f"{version or 'version unknown'}, certificate until {ends or 'unknown'}")


def _report_server(info: ServerInfo, target: Target, report: Callable[[Finding], None]) -> None:
    library = f", langgraph {info.library_version}" if info.library_version else ""
    kept = "; state is in memory and may vanish on restart" if info.in_memory else ""
    version = info.version or "of unknown version"
    report(Finding("server", "ok", f"{info.kind} {version}{library}{kept}", seconds=info.latency))
    sent = ", ".join(sorted(target.headers)) or "no key"
    asked: CapabilityName = "assistants" if info.can("assistants").works else "threads"
    if info.can(asked).works:
        report(Finding("auth", "ok", f"{asked} can be listed with {sent}"))
    else:
        report(Finding("auth", "skip", "neither assistants nor threads can be listed, so no key could be tried"))
    for name, capability in sorted(info.capabilities.items()):
        verdict = "ok" if capability.works else "warn"
        report(
            Finding(name.replace("_", " "), verdict, capability.reason or ("works" if capability.works else "missing"))
        )


async def _stream(client: Client, info: ServerInfo) -> Finding:
    """Watch an idle thread stream: heartbeats come every 5 s unless something between buffers them."""
    if not info.can("thread_stream").works:
        return Finding("streaming", "skip", "cannot be checked without starting a run on this server")
    start = time.monotonic()
    try:
        beat = await client.heartbeat(ThreadId(str(uuid4())), within=_HEARTBEAT_SECONDS)
    except StudioError as error:
        return Finding("streaming", "warn", f"{error.title}. {error.detail}".strip(), error.hint)
    seconds = time.monotonic() - start
    if beat:
        return Finding("streaming", "ok", "heartbeats arrive as they are sent", seconds=seconds)
    hint = "Switch response buffering off for text/event-stream in the proxy."
    return Finding("streaming", "warn", "no heartbeat came: something on the way buffers the stream", hint, seconds)


def _print(context: CliContext, finding: Finding) -> None:
    marks = glyphs(context.settings.ascii)
    glyph, role = {
        "ok": (marks.done, "ok"),
        "warn": (marks.idle, "warn"),
        "fail": (marks.error, "err"),
        "skip": (marks.idle, "muted"),
    }[finding.verdict]
    spent = f"  {duration(finding.seconds)}" if finding.seconds is not None else ""
    context.out.line(Span(f"{glyph} ", role), Span(fit(finding.check, 18), "key"), finding.detail, Span(spent, "muted"))
    if finding.hint:
        context.out.line(" " * 20, Span(finding.hint, "muted"))
