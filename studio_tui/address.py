"""What a server URL is: one form, one origin, one rule for this machine, and what is refused. Every face asks here.

A credential is bound to an origin (scheme, host, port), so two spellings of one server must become one, and a text
that says one host and means another (user names, queries, links) must never be guessed at.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from studio_tui.errors import UsageError
from studio_tui.text.sanitize import clean

Origin = tuple[str, str, int]
"""Scheme, host and port."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.])?")
_PORTS = {"http": 80, "https": 443}
_HINT = "Write it like http://127.0.0.1:2024 or https://host/prefix."
_HEADER = "Put it into a header: --header 'Authorization: env:MY_VARIABLE'."
_LINK_NAME = "baseUrl"
_DOCUMENTATION = ("docs", "redoc", "openapi.json")
_ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PAGE = re.compile(
    r"/(docs|redoc|openapi\.json|info|ok|health|metrics|mcp"
    rf"|(?:assistants|threads)(?:/(?:search|count|{_ID}(?:/.*)?))?"
    r"|runs/(?:stream|wait|batch|crons)(?:/.*)?|store/(?:items|namespaces)(?:/.*)?)$"
)
"""Pages and routes of a server that people paste for the server itself; where it has a prefix, they follow it."""


class Address(Struct, frozen=True):
    """A server as the user wrote it."""

    url: str
    """`scheme://host[:port][/prefix]`: lower case, no default port, no slash and no page of the server at the end."""
    linked: str = ""
    """The host of the LangGraph Studio link that the server was taken from; empty when it was written itself."""


def read_address(text: str) -> Address:
    """Return the server that `text` names; of a LangGraph Studio link its `baseUrl`. Raises UsageError."""
    parts = _split(text)
    if not parts.query:
        return Address(server_url(text))
    found = [value for name, value in parse_qsl(parts.query, keep_blank_values=True) if name == _LINK_NAME]
    if not found:
        raise _query_refused(text)
    if parts.fragment or len(found) > 1:
        why = "It names more than one server." if len(found) > 1 else "It has a fragment (#)."
        raise UsageError(f"This link cannot be taken as a server: {shown(text)}", why, _HINT)
    if not found[0].strip():
        raise UsageError(f"The link names no server: its {_LINK_NAME} is empty", shown(text), _HINT)
    return Address(server_url(found[0]), linked=parts.hostname or "")


def server_url(text: str) -> str:
    """Return `text` as `scheme://host[:port][/prefix]`; no query, no fragment, no user name. Raises UsageError.

    A page or route of the server (`/docs`, `/info`, `/threads/ID/state`, …) means the server.
    """
    parts = _split(text)
    path, is_documentation = _without_page(parts.path)
    anchored = (parts.fragment or "#" in text) and not is_documentation
    if parts.query or anchored or "?" in text:
        raise _query_refused(text)
    host = _host(parts.hostname or "", text)
    port = parts.port
    named = "" if port is None or port == _PORTS[parts.scheme] else f":{port}"
    netloc = f"[{host}]{named}" if ":" in host else host + named
    return f"{parts.scheme}://{netloc}{path}"


def _without_page(path: str) -> tuple[str, bool]:
    """Return the prefix of a server whose page somebody copied from a browser, and whether it was the API's pages."""
    path = path.rstrip("/")
    match = _PAGE.search(path)
    if match is None:
        return path, False
    return path[: match.start()].rstrip("/"), match[1] in _DOCUMENTATION


def _split(text: str) -> _Parts:
    """Split a URL, with http:// or https:// added where none is written. Raises UsageError."""
    url = text.strip()
    if any(ord(char) <= 0x20 or ord(char) == 0x7F or char == "\\" for char in url) or not url.isprintable():
        raise UsageError(f"The server URL holds spaces or control characters: {shown(text)}", hint=_HINT)
    if not _SCHEME.match(url):
        host = re.split(r"[/?#]", url, maxsplit=1)[0]
        name = host[1:].split("]", 1)[0] if host.startswith("[") else host.rsplit(":", 1)[0]
        url = ("http://" if _is_loopback_host(name) else "https://") + url
    try:
        parts = urlsplit(url)
        made = _Parts(parts.scheme, parts.hostname, parts.port, parts.path, parts.query, parts.fragment)
    except ValueError as error:
        raise UsageError(f"This is not a usable server URL: {shown(text)}", _reason(error), _HINT) from None
    if "@" in parts.netloc:
        raise UsageError("The server URL holds a user name or password", "Logs and titles would show it.", _HEADER)
    if parts.scheme not in _PORTS or not parts.hostname or parts.netloc.endswith(":") or made.port == 0:
        raise UsageError(f"This is not a usable server URL: {shown(text)}", hint=_HINT)
    return made


class _Parts(Struct, frozen=True):
    scheme: str
    hostname: str | None
    port: int | None
    path: str
    query: str
    fragment: str


def origin_of(url: str) -> Origin:
    """Return scheme, host and port of a URL; a part that cannot be read is empty or 0."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ("", "", 0)
    scheme = parts.scheme.lower()
    return (scheme, (parts.hostname or "").lower(), port or _PORTS.get(scheme, 0))


def same_origin(one: str, other: str) -> bool:
    """Tell whether two URLs are of one origin; `localhost`, `127.0.0.1` and `[::1]` are three."""
    return origin_of(one) == origin_of(other) != ("", "", 0)


def is_loopback(url: str) -> bool:
    """Tell whether the server is on this machine, so that no proxy and no other machine sees the request."""
    return _is_loopback_host(origin_of(url)[1])


def _is_loopback_host(name: str) -> bool:
    """Tell whether a host name or address means this machine, by its spelling alone."""
    name = name.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.split("%", 1)[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def shown(text: str) -> str:
    """Return a URL for an error message: without user name, password, query and fragment, which may be secret."""
    base = re.split(r"[?#]", text.strip(), maxsplit=1)[0]
    scheme = _SCHEME.match(base)
    if "@" in text:
        return clean(f"{scheme[0] if scheme else ''}•••@{base.rsplit('@', 1)[-1] if '@' in base else '…'}", 200)
    return clean(base, 200) or "(empty)"


def _host(host: str, text: str) -> str:
    if ":" in host:
        address, sign, zone = host.partition("%")
        try:
            return ipaddress.ip_address(address).compressed + sign + zone
        except ValueError:
            raise UsageError(f"This is not a usable server URL: {shown(text)}", hint=_HINT) from None
    ascii_host = host if host.isascii() else _punycode(host)
    if not _HOST.fullmatch(ascii_host):
        raise UsageError(f"The host of this URL is no host name: {shown(text)}", hint=_HINT)
    return ascii_host


def _punycode(host: str) -> str:
    """Return the host as it goes over the wire: letters that only look like others become visible."""
    try:
        import idna  # what the HTTP library uses, too

        return idna.encode(host.lower()).decode("ascii")
    except (ImportError, UnicodeError):
        return ""


def _query_refused(text: str) -> UsageError:
    why = f"A server has none; only a link of LangGraph Studio with {_LINK_NAME}=… is understood."
    return UsageError(f"The server URL has a query or fragment: {shown(text)}", why, "Leave it out from ? or # on.")


def _reason(error: ValueError) -> str:
    """What Python says of the URL, unless it repeats a part of it, which may be of a password."""
    return "Its port is out of range." if "out of range" in str(error) else ""
