"""Where requests go and which secret headers they carry. The secrets never leave this object as text."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

from studio_tui.errors import UsageError
from studio_tui.text.sanitize import clean

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset(("host", "content-length", "transfer-encoding", "connection", "accept-encoding", "content-type"))
_SECRET_NAME = re.compile(r"key|token|auth|secret|cookie|passw|credential|signature", re.IGNORECASE)
MASK = "•••"


@dataclass(frozen=True)
class Target:
    """A server and how to speak to it. Raises UsageError when the URL or a header cannot be used."""

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent to this origin only, `x-api-key` included; shown nowhere."""
    readonly: bool = False
    profile: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", _normal_url(self.base_url))
        headers = {name.strip(): value.strip() for name, value in self.headers.items()}
        for name, value in headers.items():
            _check_header(name, value)
        object.__setattr__(self, "headers", MappingProxyType(headers))

    def __repr__(self) -> str:
        names = ", ".join(f"{name}: {MASK}" for name in self.headers)
        return f"Target({self.base_url!r}, headers={{{names}}}, readonly={self.readonly}, profile={self.profile!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Target holds secrets and is not pickled")

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what a credential is bound to."""
        return origin_of(self.base_url)

    @property
    def host(self) -> str:
        """The host with its port, for display."""
        return urlsplit(self.base_url).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, so that no proxy may see the request."""
        name = urlsplit(self.base_url).hostname or ""
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(name.split("%", 1)[0])
        except ValueError:
            return False
        return address.is_loopback or address.is_unspecified

    @property
    def has_credentials(self) -> bool:
        """Whether any header that looks like a credential is sent."""
        return any(_SECRET_NAME.search(name) for name in self.headers)

    def scrub(self, text: str) -> str:
        """Return `text` with every secret header value masked, for what a server echoes."""
        for secret in self._secrets():
            text = text.replace(secret, MASK)
        return text

    def _secrets(self) -> list[str]:
        found: set[str] = set()
        for name, value in self.headers.items():
            least = 4 if _SECRET_NAME.search(name) else 8
            found.update(part for part in (value, *value.split()) if len(part) >= least and part.lower() != "bearer")
        return sorted(found, key=len, reverse=True)


def origin_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL; a part that cannot be read is empty or 0."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ("", "", 0)
    scheme = parts.scheme.lower()
    return (scheme, (parts.hostname or "").lower(), port or {"http": 80, "https": 443}.get(scheme, 0))


def _normal_url(url: str) -> str:
    text = url.strip()
    shown = clean(re.sub(r"//[^/@]*@", f"//{MASK}@", text), 200)
    hint = "Write it like http://127.0.0.1:2024 or https://host/prefix."
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in text):
        raise UsageError(f"The server URL holds spaces or control characters: {shown}", hint=hint)
    if "://" not in text:
        raise UsageError(f"The server URL has no http:// or https://: {shown}", hint=hint)
    parts = urlsplit(text)
    scheme, host, port = origin_of(text)
    if scheme not in ("http", "https") or not host or not port:
        raise UsageError(f"This is not a usable server URL: {shown}", hint=hint)
    if parts.username is not None or parts.password is not None:
        raise UsageError("The server URL holds a user name or password", "It would show up in logs and history.", _AUTH)
    if parts.query or parts.fragment:
        raise UsageError(f"The server URL has a query or fragment: {shown}", hint="Leave out everything from ? or #.")
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}"


_AUTH = "Put it in a header: --header 'Authorization: env:MY_VARIABLE'."


def _check_header(name: str, value: str) -> None:
    """Refuse what cannot be sent, without ever showing the value."""
    shown = clean(name, 60)
    if not _TOKEN.fullmatch(name):
        raise UsageError(f"This is not a header name: {shown}", hint="Write headers as 'Name: value'.")
    if name.lower() in _OURS:
        raise UsageError(f"The header {shown} is set by the program itself", hint="Remove it from the profile.")
    if any(ord(char) < 0x20 or ord(char) > 0x7E for char in value):
        why = "It holds a character that no header may hold, such as a line break or a typographic quote."
        raise UsageError(f"The value of header {shown} cannot be sent", why, "Copy the key again, without quotes.")
