"""Which proxy requests to a server take, if any: one answer for the client and for whoever explains it.

HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (or the system's settings) decide; a server on this machine never
goes through one.
"""

from __future__ import annotations

import ipaddress
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies

from msgspec import Struct

from studio_tui.address import is_loopback, origin_of
from studio_tui.errors import UsageError
from studio_tui.text.sanitize import clean

_PORTS = {"http": 80, "https": 443, "socks4": 1080, "socks5": 1080, "socks5h": 1080}


class Proxy(Struct, frozen=True):
    """A proxy and what names it."""

    url: str
    """May hold a user name and password: never shown."""
    source: str
    """Such as `HTTPS_PROXY`."""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or _PORTS.get(parts.scheme, 80)

    @property
    def shown(self) -> str:
        """Host and port, for display."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return clean(f"{host}:{self.port}", 120)


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy for requests to `url`, None for a direct connection. UsageError when it cannot be used."""
    if is_loopback(url):
        return None
    settings = getproxies()
    scheme, host, port = origin_of(url)
    if _is_excepted(host, port, settings.get("no", "")):
        return None
    for name in (scheme, "all"):
        value = settings.get(name, "").strip()
        if value:
            return _checked(Proxy(value if "://" in value else f"http://{value}", f"{name.upper()}_PROXY"))
    return None


def _checked(proxy: Proxy) -> Proxy:
    try:
        scheme, usable = urlsplit(proxy.url).scheme.lower(), bool(proxy.host and proxy.port)
    except ValueError:
        scheme, usable = "", False
    if not usable or scheme not in _PORTS:
        raise UsageError(f"{proxy.source} names no usable proxy", "", "Write it like http://proxy.example:3128.")
    if scheme.startswith("socks") and (scheme == "socks4" or find_spec("socksio") is None):
        why = f"{proxy.source} names a SOCKS proxy ({proxy.shown}), which this program does not speak."
        hint = "Name an HTTP proxy, or put the server into NO_PROXY."
        raise UsageError("The proxy cannot be used", why, hint)
    return proxy


def _is_excepted(host: str, port: int, no_proxy: str) -> bool:
    """Tell whether NO_PROXY names the host: itself, a domain above it, a network, with or without a port."""
    for item in no_proxy.lower().split(","):
        name = item.strip()
        if "://" in name:
            if origin_of(name)[1:] == (host, port):
                return True
            continue
        if name == "*":
            return True
        if name and (_covers(name, host) or (name.endswith(f":{port}") and _covers(name[: -len(f":{port}")], host))):
            return True
    return False


def _covers(name: str, host: str) -> bool:
    name = name.strip("[]")
    try:
        address = ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        name = name.removeprefix("*")
        return host == name or (bool(name) and host.endswith(name if name.startswith(".") else f".{name}"))
    try:
        return address in ipaddress.ip_network(name, strict=False)
    except (ValueError, TypeError):
        return False
