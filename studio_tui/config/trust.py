"""What the user said yes to: which keys and headers, by name, may go to which origin. Holds no secret."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from studio_tui.address import origin_of
from studio_tui.config.paths import write_private


class Trust:
    """The answers of earlier sessions, in a private file; without a file they live as long as the program."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._allowed: dict[str, set[str]] | None = None

    def allows(self, url: str, names: Iterable[str]) -> bool:
        """Tell whether the user agreed that everything in `names` goes to the origin of `url`."""
        return set(names) <= self._read().get(_key(url), set())

    def allow(self, url: str, names: Iterable[str]) -> None:
        """Remember a yes. Raises OSError when it cannot be kept; it counts for this session all the same."""
        allowed = self._read()
        if self._path is not None:
            for origin, given in _load(self._path).items():  # another program may have asked meanwhile
                allowed.setdefault(origin, set()).update(given)
        allowed.setdefault(_key(url), set()).update(names)
        if self._path is not None:
            write_private(
                self._path, json.dumps({origin: sorted(given) for origin, given in allowed.items()}, indent=1)
            )

    def _read(self) -> dict[str, set[str]]:
        if self._allowed is None:
            self._allowed = _load(self._path) if self._path is not None else {}
        return self._allowed


def _key(url: str) -> str:
    scheme, host, port = origin_of(url)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _load(path: Path) -> dict[str, set[str]]:
    """A missing or damaged file is trust in nobody."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {
        origin: {name for name in given if isinstance(name, str)}
        for origin, given in data.items()
        if isinstance(given, list)
    }
