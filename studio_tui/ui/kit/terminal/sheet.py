"""Textual's sheet of styles, which is read only where it must be: the rules of the last start are taken as they are."""

from __future__ import annotations

import os
import pickle
from functools import cache, partial
from pathlib import Path
from typing import Any

import textual
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from studio_tui.config.digests import blake2b
from studio_tui.config.start_cache import StartCache

_SECTION = "rules"
_MADE_OF = ("css", "layouts", "color.py", "geometry.py", "layout.py", "style.py")
"""The files and folders of Textual that say what rules are made of a sheet, and what a rule is."""


class Sheet(Stylesheet):
    """Reads its sources again only for other colours than they were read with."""

    def __init__(self, *, variables: dict[str, str], start: StartCache | None = None) -> None:
        super().__init__(variables=variables)
        self._is_other = True
        self._kept = _Kept(start, variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            self._is_other = True
            self._kept = _Kept(self._kept.start, variables)
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
        kept, source = self._kept, (css, *_given(*more, **named))
        asked = (css, read_from, *source[1:])
        if asked in self._parse_cache:
            return self._parse_cache[asked]
        rules = kept.rules(source)
        if rules is None:
            rules = super()._parse_rules(css, read_from, *more, **named)
            kept.keep(source, rules)
        else:
            self._parse_cache[asked] = rules
        return rules


Source = tuple[str, bool, int, str]
"""A text, and the arguments of Textual's `_parse_rules` behind its place."""


def _given(is_default_rules: bool = False, tie_breaker: int = 0, scope: str = "") -> tuple[bool, int, str]:
    return is_default_rules, tie_breaker, scope


class _Kept:
    """The rules that starts have made with the same variables and the same Textual."""

    def __init__(self, start: StartCache | None, variables: dict[str, str]) -> None:
        self.start = start if start is not None and start.is_open and _maker() else None
        self._variables = variables
        self._rules: dict[Source, list[RuleSet]] | None = None
        self._used: dict[Source, list[RuleSet]] = {}
        self._is_noted = False

    @property
    def _key(self) -> str:
        basis = f"{_maker()} {sorted(self._variables.items())}".encode("utf-8", "surrogatepass")
        return blake2b(basis, digest_size=20).hexdigest()

    def rules(self, source: Source) -> list[RuleSet] | None:
        """Return what a start has made of a source."""
        start = self.start
        if start is None or not start.is_open:
            return None
        if self._rules is None:
            stored = start.get(_SECTION, self._key)
            self._rules = pickle.loads(stored) if stored else {}
        found = self._rules.get(source)
        if found is not None:
            self._used[source] = found
        return found

    def keep(self, source: Source, rules: list[RuleSet]) -> None:
        """Keep what this start had to make; but not what is wrong."""
        start = self.start
        if start is None or not start.is_open or any(rule.errors for rule in rules):
            return
        self._used[source] = rules
        if not self._is_noted:
            self._is_noted = True
            start.later(partial(self._put, start))

    def _put(self, start: StartCache) -> None:
        everything = {**(self._rules or {}), **self._used}
        if len(everything) > 2 * len(self._used):  # most of it is of another version, or of what is seldom opened
            everything = self._used
        seen: dict[tuple[type, str], object] = {}
        for rules in everything.values():
            _share(rules, seen)
        start.put(_SECTION, self._key, pickle.dumps(everything, pickle.HIGHEST_PROTOCOL))


def _share(rules: list[RuleSet], seen: dict[tuple[type, str], object]) -> None:
    """Have equal values be the same object: each is stored, and made, once."""
    for rule in rules:
        values: dict[str, object] = rule.styles._rules  # type: ignore[assignment]
        for name, value in values.items():
            if isinstance(value, tuple):
                known = seen.setdefault((type(value), repr(value)), value)
                if known == value:
                    values[name] = known


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
