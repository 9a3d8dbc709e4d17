"""Which server to talk to and with which headers: URL rules, keys from the environment, header values.

A key is bound to the origin the user chose. An environment key never goes to a host that only a project
file named (whoever wrote that file would collect keys), unless the host is this machine or was used before.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from studio_tui.config.schema import Profile, Settings
from studio_tui.errors import UsageError

DEFAULT_URL = "http://127.0.0.1:2024"
KEY_NAMES = ("LANGGRAPH_API_KEY", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_COMMAND_SECONDS = 15


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """A server with everything needed to talk to it. `headers` is secret and never shown."""

    base_url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    readonly: bool = False
    profile: str = ""
    color: str = ""
    assistant: str = ""
    warnings: tuple[str, ...] = ()


def normal_url(text: str) -> str:
    """Return `text` as `scheme://host[:port][/prefix]` without a trailing slash. Raises UsageError."""
    url = text.strip()
    if "://" not in url:
        host = url.split("/", 1)[0].rsplit(":", 1)[0].strip("[]")
        url = ("http://" if host in _LOOPBACK else "https://") + url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"`{text}` is not a URL", str(error), f"Write it like {DEFAULT_URL}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise UsageError(f"`{text}` is not a URL of a server", "", f"Write it like {DEFAULT_URL}.")
    if parts.username or parts.password:
        raise UsageError(
            "The URL holds a user name or password",
            "It would end up in logs and in the screen's title.",
            "Use --header 'Authorization: env:NAME' instead.",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = f"{host}:{port}" if port else host
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


def is_loopback(base_url: str) -> bool:
    """Tell whether the server is on this machine."""
    return (urlsplit(base_url).hostname or "") in _LOOPBACK


def choose_server(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    headers: Iterable[str] = (),
    known_origins: Iterable[str] = (),
) -> ServerChoice | None:
    """Return the server that settings and flags name, or None when they name none. Raises UsageError."""
    typed = parse_headers(headers)
    if settings.profile:
        return _from_profile(settings, environ, typed)
    if not settings.base_url:
        return None
    url = normal_url(settings.base_url)
    key = _key(settings.api_key_env, environ)
    warnings: list[str] = []
    foreign = settings.base_url_source == "project" and not is_loopback(url) and url not in set(known_origins)
    if key and foreign and not settings.api_key_env:
        warnings.append(
            f"No key is sent: only the project's file names {url}. Open it once with --base-url to trust it."
        )
        key = ""
    return _choice(url, key, typed, environ, readonly=settings.readonly, warnings=warnings)


def server_for(url: str, settings: Settings, environ: Mapping[str, str], headers: Iterable[str] = ()) -> ServerChoice:
    """Return the choice for a URL that the user typed, or for a profile of that name. Raises UsageError."""
    typed = parse_headers(headers)
    profile = settings.profiles.get(url)
    if profile is not None:
        return _profile_choice(profile, settings, environ, typed)
    key = _key(settings.api_key_env, environ)
    return _choice(normal_url(url), key, typed, environ, readonly=settings.readonly)


def parse_headers(lines: Iterable[str]) -> dict[str, str]:
    """Parse `Name: value` lines. Raises UsageError."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _HEADER_NAME.fullmatch(name.strip()):
            raise UsageError(
                "A --header is not of the form 'Name: value'", "", "Example: --header 'Authorization: env:TOKEN'."
            )
        found[name.strip()] = value.strip()
    return found


def _from_profile(settings: Settings, environ: Mapping[str, str], typed: dict[str, str]) -> ServerChoice:
    profile = settings.profiles.get(settings.profile)
    if profile is None:
        known = ", ".join(sorted(settings.profiles)) or "none are configured"
        raise UsageError(f"There is no profile `{settings.profile}`", f"Known: {known}.", "Check the name.")
    return _profile_choice(profile, settings, environ, typed)


def _profile_choice(
    profile: Profile, settings: Settings, environ: Mapping[str, str], typed: dict[str, str]
) -> ServerChoice:
    key = _key(profile.api_key_env or settings.api_key_env, environ)
    made = _choice(
        normal_url(profile.base_url),
        key,
        {**profile.headers, **typed},
        environ,
        readonly=profile.readonly or settings.readonly,
    )
    return ServerChoice(
        made.base_url, made.headers, made.readonly, profile.name, profile.color, profile.assistant, made.warnings
    )


def _choice(
    url: str,
    key: str,
    headers: Mapping[str, str],
    environ: Mapping[str, str],
    *,
    readonly: bool,
    warnings: Iterable[str] = (),
) -> ServerChoice:
    said = list(warnings)
    sent = {name: _header_value(name, value, environ) for name, value in headers.items()}
    if key and not any(name.lower() == "x-api-key" for name in sent):
        sent["x-api-key"] = key
    if sent and url.startswith("http://") and not is_loopback(url):
        said.append("The key or headers travel unencrypted: the URL is http.")
    return ServerChoice(url, sent, readonly, warnings=tuple(said))


def _key(name: str, environ: Mapping[str, str]) -> str:
    if name:
        value = _trimmed(environ.get(name, ""))
        if not value:
            raise UsageError(f"The environment variable {name} is not set", "", "Set it, or name another one.")
        return _header_safe(name, value)
    for known in KEY_NAMES:
        value = _trimmed(environ.get(known, ""))
        if value:
            return _header_safe(known, value)
    return ""


def _trimmed(value: str) -> str:
    return value.strip().strip("'\"").strip()


def _header_value(name: str, value: str, environ: Mapping[str, str]) -> str:
    if value.startswith("env:"):
        variable = value[4:].strip()
        found = environ.get(variable, "")
        if not found:
            raise UsageError(f"Header {name}: the environment variable {variable} is not set", "", "Set it.")
        return _header_safe(name, found.strip())
    if value.startswith("cmd:"):
        return _header_safe(name, _run(name, value[4:].strip()))
    return _header_safe(name, value)


def _run(name: str, command: str) -> str:
    try:
        done = subprocess.run(
            command, shell=True, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(
            f"Header {name}: its command did not end in {_COMMAND_SECONDS} s", "", "Run it by hand."
        ) from error
    if done.returncode or not done.stdout.strip():
        raise UsageError(f"Header {name}: its command failed (exit code {done.returncode})", "", "Run it by hand.")
    return done.stdout.strip()


def _header_safe(name: str, value: str) -> str:
    """Refuse values that no header can carry, without ever repeating them."""
    if not value.isascii() or not value.isprintable():
        raise UsageError(
            f"The value of {name} holds characters that no header can carry", "", "Check it for line breaks."
        )
    return value
