"""`doctor`: says hop by hop what works between here and a server, without writing anything."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit
from uuid import uuid4

from studio_tui.cli.context import Context
from studio_tui.client.api import Client
from studio_tui.client.target import Target
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.server import ServerInfo
from studio_tui.errors import StudioError
from studio_tui.text.cells import fit
from studio_tui.text.fmt import duration
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Span

_HOP_SECONDS = 8.0
_HEARTBEAT_SECONDS = 7.0


@dataclass(slots=True)
class Finding:
    """The outcome of one check: `verdict` is ok, warn, fail or skip."""

    check: str
    verdict: str
    detail: str
    hint: str = ""
    seconds: float | None = None


async def doctor(context: Context) -> int:
    """Examine a server and print the findings; exit code 3 when it cannot be used."""
    target = context.target(context.args.url or "")
    findings: list[Finding] = []
    as_json = context.args.json or not context.out.is_text

    def report(finding: Finding) -> None:
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
                "info": info.raw if info else None,
            }
        )
    return 0 if info is not None else 3


async def _examine(target: Target, report: Callable[[Finding], None]) -> ServerInfo | None:
    parts = urlsplit(target.base_url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    hops = [("DNS", lambda: _dns(host, port)), ("TCP", lambda: _tcp(host, port))]
    if tls:
        hops.append(("TLS", lambda: _tls(host, port)))
    for name, check in hops:
        finding = await _timed(name, check)
        report(finding)
        if finding.verdict == "fail":
            return None
    client = Client(target)
    try:
        info = await client.probe()
        _report_server(info, target, report)
        report(await _stream(client, info))
    except StudioError as error:
        report(Finding("server", "fail", f"{error.title}. {error.detail}".strip(), error.hint))
        return None
    finally:
        await client.aclose()
    return info


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


async def _tcp(host: str, port: int) -> Finding:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        hint = "Is the server running, and is the port right?"
        return Finding("TCP", "fail", f"port {port}: {error.strerror or error}", hint)
    writer.close()
    return Finding("TCP", "ok", f"port {port} is open")


async def _tls(host: str, port: int) -> Finding:
    try:
        _, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    except ssl.SSLError as error:
        return Finding("TLS", "fail", error.reason or str(error), "Check the certificate and the machine's clock.")
    except OSError as error:
        return Finding("TLS", "fail", str(error), "The port answers, but not with TLS: is the URL http?")
    session = writer.get_extra_info("ssl_object")
    detail = f"{session.version()}, certificate until {(session.getpeercert() or {}).get('notAfter', 'unknown')}"
    writer.close()
    return Finding("TLS", "ok", detail)


def _report_server(info: ServerInfo, target: Target, report: Callable[[Finding], None]) -> None:
    library = f", langgraph {info.library_version}" if info.library_version else ""
    kept = "; state is in memory and may vanish on restart" if info.in_memory else ""
    report(Finding("server", "ok", f"{info.kind} {info.version}{library}{kept}", seconds=info.latency))
    sent = ", ".join(sorted(target.headers)) or "no key"
    report(Finding("auth", "ok", f"assistants can be listed with {sent}"))
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


def _print(context: Context, finding: Finding) -> None:
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
