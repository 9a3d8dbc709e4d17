"""Which server to talk to, and which keys and headers go to it.

A credential goes to the origin that the user gave it for, and nowhere else. The user names a server by flag,
environment, their own file, or by typing it. What names a server otherwise (a project's file, a link, the list of
servers used before, the built-in default) gets nothing secret until the user says yes to host and key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from studio_tui.address import is_loopback, origin_of, read_address, same_origin
from studio_tui.config.credentials import AMBIENT, Credential, parse_headers
from studio_tui.config.schema import Profile, Settings
from studio_tui.config.trust import Trust
from studio_tui.errors import UsageError

DEFAULT_URL = "http://127.0.0.1:2024"
STUDIO_USER = {"x-auth-scheme": "langsmith"}
_WHY = {
    "project": "only the file .studio-tui.toml of this folder names it",
    "link": "it was taken out of a link",
    "recent": "it was used before, but you never named it for this key",
}


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """A server with everything needed to talk to it. `headers` is secret and never shown."""

    base_url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    """What may be sent now; what waits for a yes is not in it."""
    readonly: bool = False
    profile: str = ""
    color: str = ""
    assistant: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    """Who named it: flag, env, user, profile, typed, own, default, project, link, recent."""
    waits: tuple[Credential, ...] = field(default=(), repr=False)
    """What is sent only after the user said yes; see `Servers.granted`."""

    @property
    def named(self) -> bool:
        """Whether the user named this server, so that choosing it again from a list counts as naming it."""
        return self.source in ("flag", "env", "user", "profile", "typed")

    @property
    def why(self) -> str:
        """Why the user is asked, in words; empty when there is nothing to ask."""
        return _WHY.get(self.source, "") if self.waits else ""

    @property
    def asks(self) -> tuple[str, ...]:
        """What waits for a yes, in words and without any value."""
        return tuple(credential.said for credential in self.waits)


class Servers:
    """Makes choices of servers; the only code that decides where a credential goes."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        headers: Iterable[str] = (),
        trust: Trust | None = None,
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._flags = parse_headers(headers)
        self._flag_url = ""
        """The server that the flags of this command line belong to: the first one that is opened."""
        self._given: list[tuple[str, str, str]] = []
        """URL, header name and value that the user gave in this session."""
        self._trust = trust or Trust()

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """The servers that have a name."""
        return self._settings.profiles

    def start(self) -> ServerChoice | None:
        """Return the server that flags, environment and files name, or None when they name none. Raises UsageError."""
        settings = self._settings
        if settings.profile:
            profile = settings.profiles.get(settings.profile)
            if profile is None:
                known = ", ".join(sorted(settings.profiles)) or "none are configured"
                raise UsageError(f"There is no profile `{settings.profile}`", f"Known: {known}.", "Check the name.")
            return self._choice(profile.base_url, "profile", profile=profile)
        if not settings.base_url:
            return None
        choice = self._choice(settings.base_url, settings.base_url_source)
        self._claim_flags(choice.base_url)  # also after a no: what was typed for this server is for no other
        return choice

    def default(self) -> ServerChoice:
        """Return the server that is tried when nobody names one. Raises UsageError."""
        return self._choice(DEFAULT_URL, "default")

    def own(self, base_url: str, *, studio_user: bool = False) -> ServerChoice:
        """Return the server that this program started itself: only what was typed for it is sent. Raises UsageError.

        `studio_user` is for a project with auth: without a header of the user's own the server is used as the
        Studio user, whom `langgraph dev` lets in.
        """
        self._flag_url = base_url
        choice = self._choice(base_url, "own")
        if not studio_user or choice.headers:
            return choice
        said = "The project has auth: it is used as the Studio user. `dev --no-studio-user` or --header turns that off."
        return replace(choice, headers=dict(STUDIO_USER), notes=(*choice.notes, said))

    def named(self, text: str, *, key_env: str = "", source: str = "typed") -> ServerChoice:
        """Return the server for a URL or profile name that the user typed (or picked: `source="recent"`).

        `key_env` is the environment variable that the user typed beside it. Raises UsageError.
        """
        profile = self.profiles.get(text)
        if profile is not None:
            return self._choice(profile.base_url, "profile", profile=profile, key_env=key_env)
        return self._choice(text, source, key_env=key_env)

    def give(self, base_url: str, name: str, value: str) -> None:
        """Keep a header for the origin of `base_url` until the program ends; it is written nowhere."""
        kept = [
            item for item in self._given if not (same_origin(item[0], base_url) and item[1].lower() == name.lower())
        ]
        self._given = [*kept, (base_url, name, value)]

    def granted(self, choice: ServerChoice) -> ServerChoice:
        """Return the choice with what waited for the user's yes, which is remembered. Raises UsageError.

        May run the commands of `cmd:` headers, so it can take seconds.
        """
        headers = {**choice.headers, **self._resolve(choice.waits)}
        names = [credential.name_said for credential in choice.waits]
        self._claim_flags(choice.base_url)
        granted = replace(choice, headers=headers, waits=(), warnings=_warnings(choice.base_url, headers))
        try:
            self._trust.allow(choice.base_url, names)
        except OSError as error:
            said = f"Your answer could not be kept, so you will be asked again: {error.strerror}"
            granted = replace(granted, warnings=(*granted.warnings, said))
        return granted

    # -- what goes where ----------------------------------------------------------------------------------------

    def _choice(self, text: str, source: str, *, profile: Profile | None = None, key_env: str = "") -> ServerChoice:
        address = read_address(text)
        url = address.url
        notes = (f"Taken from the link of {address.linked}: the server is {url}.",) if address.linked else ()
        if source in ("project", "recent") and self._is_own(url):
            source = "user"
        elif address.linked and source != "project" and not is_loopback(url):
            source = "link"
        found = self._credentials(url, source, profile, key_env)
        unsure = tuple(item for item in found if not item.sure)
        if source not in _WHY or self._trust.allows(url, [item.name_said for item in unsure]):
            unsure = ()
        if not unsure:
            self._claim_flags(url)
        headers = self._resolve([item for item in found if item not in unsure])
        return ServerChoice(
            url,
            headers,
            readonly=self._is_readonly(url, profile),
            profile=profile.name if profile is not None else "",
            color=profile.color if profile is not None else "",
            assistant=profile.assistant if profile is not None else "",
            warnings=_warnings(url, headers),
            notes=notes,
            source=source,
            waits=unsure,
        )

    def _credentials(self, url: str, source: str, profile: Profile | None, key_env: str) -> list[Credential]:
        """Return what the user gave for this server, each header once, the strongest source last to speak."""
        flags = not self._flag_url or same_origin(self._flag_url, url)
        found: dict[str, Credential] = {}
        for name, value in (profile.headers if profile is not None else {}).items():
            found[name.lower()] = Credential(name, value, "your profile", sure=True)
        for name, value in (self._flags if flags else {}).items():
            found[name.lower()] = Credential(name, value, "--header")
        for given_url, name, value in self._given:
            if same_origin(given_url, url):
                found[name.lower()] = Credential(name, value, "this session", sure=True)
        if "x-api-key" not in found or key_env:
            key = self._key(url, source, profile, key_env, flags=flags)
            if key is not None:
                found["x-api-key"] = key
        return list(found.values())

    def _key(self, url: str, source: str, profile: Profile | None, key_env: str, *, flags: bool) -> Credential | None:
        """Return the key for this server: typed, then of its profile, then given for it, then given for no other."""
        if key_env:
            return Credential.key(key_env, sure=source != "link")
        settings = list(reversed(self._settings.key_settings))
        flag = next((item for item in settings if item.source == "flag"), None)
        if flag is not None and flags:
            return Credential.key(flag.name)
        if profile is not None and profile.api_key_env:
            return Credential.key(profile.api_key_env, sure=True)
        kept = [item for item in settings if item.source != "flag"]
        for item in kept:
            if item.for_url and _is_at(item.for_url, url):
                return Credential.key(item.name, sure=True)
        if source == "own":
            return None
        for item in kept:
            if not item.for_url:
                return Credential.key(item.name)
        if source == "default":
            return None  # nobody named it: whoever listens on that port must not collect keys
        return next((Credential.key(name) for name in AMBIENT if self._environ.get(name, "").strip(" '\"\t\n")), None)

    def _resolve(self, credentials: Iterable[Credential]) -> dict[str, str]:
        return {item.header: item.value(self._environ) for item in credentials}

    def _claim_flags(self, url: str) -> None:
        self._flag_url = self._flag_url or url

    def _is_own(self, url: str) -> bool:
        own = [*self._settings.own_urls, *(profile.base_url for profile in self.profiles.values())]
        return any(_is_at(text, url) for text in own)

    def _is_readonly(self, url: str, profile: Profile | None) -> bool:
        """Only ever stricter: a server that a profile protects stays protected under its plain URL."""
        if self._settings.readonly or (profile is not None and profile.readonly):
            return True
        return any(_same_server(item.base_url, url) for item in self.profiles.values() if item.readonly)


def _is_at(text: str, url: str) -> bool:
    """Whether a URL as it was written is of the origin of `url`; a link in a file gives no trust."""
    try:
        address = read_address(text)
    except UsageError:
        return False
    return same_origin(address.url, url) and (not address.linked or is_loopback(url))


def _same_server(text: str, url: str) -> bool:
    try:
        return read_address(text).url == url
    except UsageError:
        return False


def _warnings(url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    if headers and origin_of(url)[0] == "http" and not is_loopback(url):
        return ("The key or headers travel unencrypted: the URL is http.",)
    return ()
