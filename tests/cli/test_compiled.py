"""Code of the last start is the code that would be compiled: methods of dataclasses, named tuples, patterns."""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio_tui.cli.compiled import Compiled
from studio_tui.config.start_cache import StartCache

PATTERNS = [
    (r"", 0), (r"a|b", re.I), (r"(?P<name>\w+)\s*=\s*(?P<value>[^;]{2,300})(;)?", re.X | re.S), ("[à-ÿ🙂]+(?i:x)", 0),
    (r"\A(?:(?=x)y|(?<!z)(\d)\1)*?\Z", re.M | re.A), ("[" + "".join(map(chr, range(200, 900, 3))) + "]", re.I),
]  # fmt: skip


def _point() -> type[Any]:
    @dataclasses.dataclass(frozen=True, order=True, slots=True)
    class Point:
        x: int
        names: list[str] = dataclasses.field(default_factory=list)
        y: float = 1.5

    return Point


def _pair() -> Any:
    return collections.namedtuple("_pair", "a b", defaults=[1])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], StartCache]]:
    yield lambda: StartCache(tmp_path / "start.bin")
    assert "exec" not in vars(dataclasses)
    assert "eval" not in vars(collections)


def _code(kind: type[Any]) -> dict[str, Any]:
    """Return the code of the methods, which is equal where it does the same and says the same of itself."""
    functions = {name: getattr(value, "__func__", value) for name, value in vars(kind).items()}
    return {name: value.__code__ for name, value in functions.items() if hasattr(value, "__code__")}


def test_dataclasses_and_named_tuples_are_the_same(start: Callable[[], StartCache]) -> None:
    plain, pair = _code(_point()), _code(_pair())
    for _ in range(2):
        cache = start()
        with Compiled(cache):
            point = _point()
            named = _pair()
            assert (_code(point), _code(named)) == (plain, pair)
            assert {value.co_flags for value in _code(point).values()} == {value.co_flags for value in plain.values()}
            assert point(1) < point(1, ["a"])
            assert repr(point(2)) == repr(_point()(2))
            assert named(5) == (5, 1)
            cache.save()


def test_patterns_are_the_same(start: Callable[[], StartCache]) -> None:
    made = []
    for _ in range(2):
        cache = start()
        with Compiled(cache):
            re.purge()
            made.append([re.compile(*wanted) for wanted in PATTERNS])
            cache.save()
    re.purge()
    plain = [re.compile(*wanted) for wanted in PATTERNS]
    for patterns in made:  # equal patterns have the same program
        assert patterns == plain
        for one, other in zip(patterns, plain, strict=True):
            assert (one.flags, one.groups, one.groupindex) == (other.flags, other.groups, other.groupindex)
    with pytest.raises(re.error), Compiled(start()):
        re.compile("(")


def test_the_second_start_compiles_nothing(start: Callable[[], StartCache]) -> None:
    missed = []
    for _ in range(2):
        cache = start()
        with Compiled(cache):
            _point()
            re.purge()
            re.compile("a+")
            missed.append(len(cache._missed) - 1)  # the first is to take the hooks away
            cache.save()
            assert "exec" not in vars(dataclasses)
    assert missed[0] > 5
    assert missed[1] == 0


def test_a_pattern_with_other_flags_is_another_one(start: Callable[[], StartCache]) -> None:
    for _ in range(2):
        re.purge()
        cache = start()
        with Compiled(cache):
            found = [re.compile("one text", flags).flags & re.I for flags in (0, re.I)]
        cache.save()
        assert found == [0, re.I]
