"""Where requests go and which secret headers they carry. The secrets never leave this object as text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol
from urllib.parse import urlsplit

from studio_tui.address import Origin, is_loopback, origin_of, server_url
from studio_tui.errors import UsageError
from studio_tui.text.sanitize import clean
from studio_tui.text.secrets import MASK

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset(("host", "content-length", "transfer-encoding", "connection", "accept-encoding", "content-type"))
_SECRET_NAME = re.compile(r"key|token|auth|secret|cookie|passw|credential|signature", re.IGNORECASE)
_PUBLIC = frozenset(("x-auth-scheme",))
"""Says which kind of user is meant (the Studio user), and is no secret."""
_SHORTEST_KEY = 8
_IDENTITY_ROUNDS = 20_000


class ChosenServer(Protocol):
    """A server that was chosen, with the headers that may be sent to it."""

    @property
    def base_url(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def readonly(self) -> bool: ...
    @property
    def profile(self) -> str: ...


@dataclass(frozen=True)
class Target:
    """A server and how to speak to it. Raises UsageError when the URL or a header cannot be used."""

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent to this origin only, `x-api-key` included; shown nowhere."""
    readonly: bool = False
    profile: str = ""
    place: str = ""
    """A name that the server has at every start, where its address changes; empty: the address is that name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", server_url(self.base_url))
        headers = {name.strip(): value.strip() for name, value in self.headers.items()}
        for name, value in headers.items():
            _check_header(name, value)
        object.__setattr__(self, "headers", MappingProxyType(headers))

    def __repr__(self) -> str:
        names = ", ".join(f"{name}: {MASK}" for name in self.headers)
        return f"Target({self.base_url!r}, headers={{{names}}}, readonly={self.readonly}, profile={self.profile!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Target holds secrets and is not pickled")

    @classmethod
    def of(cls, choice: ChosenServer) -> Target:
        """Return the target of a choice: the one way from settings and typed text to a server."""
        return cls(choice.base_url, choice.headers, readonly=choice.readonly, profile=choice.profile)

    def with_header(self, name: str, value: str) -> Target:
        """Return the same server with one more header, in place of one of the same name. Raises UsageError."""
        kept = {held: text for held, text in self.headers.items() if held.lower() != name.lower()}
        return replace(self, headers={**kept, name: value})

    @property
    def origin(self) -> Origin:
        """Scheme, host and port: what a credential is bound to."""
        return origin_of(self.base_url)

    @property
    def host(self) -> str:
        """The host with its port, for display."""
        return urlsplit(self.base_url).netloc

    @property
    def lasting_name(self) -> str:
        """The name under which things are kept for this server, as `ServerInfo.lasting_name` will be."""
        return self.place or self.base_url

    def identity(self) -> str:
        """Who asks, in a text from which no header can be had; empty where none is sent.

        Two who ask may see different things of one server. Takes a while, so that trying out keys does, too.
        """
        if not self.headers:
            return ""
        sent = sorted((name.lower(), value) for name, value in self.headers.items())
        salt = f"studio-tui {self.lasting_name}".encode()
        return hashlib.pbkdf2_hmac("sha256", repr(sent).encode(), salt, _IDENTITY_ROUNDS).hex()

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, so that no proxy may see the request."""
        return is_loopback(self.base_url)

    @property
    def has_credentials(self) -> bool:
        """Whether any header that looks like a credential is sent."""
        return any(_is_secret(name) for name in self.headers)

    def scrub(self, text: str) -> str:
        """Return `text` with every secret header value masked, for what a server echoes."""
        for secret in self._secrets():
            text = text.replace(secret, MASK)
        return text

    @property
    def keys(self) -> tuple[str, ...]:
        """The values of headers that look like credentials, long enough to be one: what no output may repeat."""
        return tuple(
            part
            for name, value in self.headers.items()
            if _is_secret(name)
            for part in (value, *value.split())
            if len(part) >= _SHORTEST_KEY
        )

    def _secrets(self) -> list[str]:
        found: set[str] = set()
        for name, value in self.headers.items():
            if name.lower() in _PUBLIC:
                continue
            least = 4 if _is_secret(name) else 8
            found.update(part for part in (value, *value.split()) if len(part) >= least and part.lower() != "bearer")
        return sorted(found, key=len, reverse=True)


def _is_secret(name: str) -> bool:
    return name.lower() not in _PUBLIC and _SECRET_NAME.search(name) is not None


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
