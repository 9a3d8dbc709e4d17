"""What the user said yes to: which keys and headers, by name, may go to which origin. Holds no secret."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from studio_tui.address import origin_of
from studio_tui.config.private_store import PrivateFile

_LIMIT = 1_000_000


class Trust:
    """The answers of earlier sessions, in a private file; without a file they live as long as the program."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = PrivateFile(path, _LIMIT)
        self._allowed: dict[str, set[str]] | None = None

    def allows(self, url: str, names: Iterable[str]) -> bool:
        """Tell whether the user agreed that everything in `names` goes to the origin of `url`."""
        return set(names) <= self._read().get(_key(url), set())

    def allow(self, url: str, names: Iterable[str]) -> None:
        """Remember a yes. Raises OSError when it cannot be kept; it counts for this session all the same."""
        allowed = self._read()
        for origin, given in self._load().items():  # another program may have asked meanwhile
            allowed.setdefault(origin, set()).update(given)
        allowed.setdefault(_key(url), set()).update(names)
        self._file.write({origin: sorted(given) for origin, given in allowed.items()})

    def _read(self) -> dict[str, set[str]]:
        if self._allowed is None:
            self._allowed = self._load()
        return self._allowed

    def _load(self) -> dict[str, set[str]]:
        """A missing or damaged file is trust in nobody."""
        return {
            origin: {name for name in given if isinstance(name, str)}
            for origin, given in self._file.read().items()
            if isinstance(given, list)
        }


def _key(url: str) -> str:
    scheme, host, port = origin_of(url)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
