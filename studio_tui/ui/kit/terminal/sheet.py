"""Textual's sheet of styles, which is read only where it must be: the rules of the last start are taken as they are."""

from __future__ import annotations

import hashlib
import os
import pickle
from functools import cache, partial
from pathlib import Path
from typing import Any

import textual
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from studio_tui.config.start_cache import StartCache

_SECTION = "rules"
_MADE_OF = ("css", "layouts", "color.py", "geometry.py", "layout.py", "style.py")
"""The files and folders of Textual that say what rules are made of a sheet, and what a rule is."""


class Sheet(Stylesheet):
    """Reads its sources again only for other colours than they were read with."""

    def __init__(self, *, variables: dict[str, str], start: StartCache | None = None) -> None:
        super().__init__(variables=variables)
        self._is_other = True
        self._start = start
        self._basis = b""
        """What rules depend on beside their source; empty until it is asked for."""

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            self._is_other = True
            self._basis = b""
            super().set_variables(variables)

    def parse(self) -> None:
        super().parse()
        self._is_other = False

    def reparse(self) -> None:
        if self._is_other:
            super().reparse()
            self._is_other = False

    def _parse_rules(self, css: str, read_from: Any, *more: Any, **named: Any) -> list[RuleSet]:
        """Take the rules of a source from the last start, where it made them of the same."""
        start = self._start
        if start is None or not start.is_open:
            return super()._parse_rules(css, read_from, *more, **named)
        asked = (css, read_from, *(_given(*more, **named)))
        if asked in self._parse_cache:
            return self._parse_cache[asked]
        key = self._key(asked)
        if not key:
            return super()._parse_rules(css, read_from, *more, **named)
        kept = start.get(_SECTION, key)
        if kept is not None:
            rules: list[RuleSet] = pickle.loads(kept)
            self._parse_cache[asked] = rules
            return rules
        rules = super()._parse_rules(css, read_from, *more, **named)
        if not any(rule.errors for rule in rules):
            start.later(partial(_keep, start, key, rules))
        return rules

    def _key(self, asked: tuple[Any, ...]) -> str:
        """Return what the rules of a source are kept by; empty where nothing tells which Textual made them."""
        if not (maker := _maker()):
            return ""
        if not self._basis:
            self._basis = f"{maker} {sorted(self._variables.items())}".encode()
        css, _read_from, *more = asked
        return hashlib.blake2b(
            self._basis + repr((css, more)).encode("utf-8", "surrogatepass"), digest_size=20
        ).hexdigest()


def _given(is_default_rules: bool = False, tie_breaker: int = 0, scope: str = "") -> tuple[bool, int, str]:
    """Return the arguments of Textual's `_parse_rules` behind the source."""
    return is_default_rules, tie_breaker, scope


def _keep(start: StartCache, key: str, rules: list[RuleSet]) -> None:
    start.put(_SECTION, key, pickle.dumps(rules, pickle.HIGHEST_PROTOCOL))


@cache
def _maker() -> str:
    """Return by which files this Textual can be told from another; empty where they are none."""
    folder = Path(textual.__file__).parent
    found = [str(folder)]
    try:
        for name in _MADE_OF:
            place = folder / name
            entries = sorted(os.scandir(place), key=lambda entry: entry.name) if place.is_dir() else [place]
            seen = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py")]
            found += [f"{name} {state.st_mtime_ns} {state.st_size}" for name, state in seen]
    except OSError:
        return ""
    return " ".join(found)
