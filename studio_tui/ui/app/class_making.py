"""Textual makes its classes of widgets the way it does, in a third of the time: it looks through every class that a new
one is made of, and asks each for the same things again each time. Here each is asked once.

Only the code that this was written for is replaced; beside any other it stays away.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType
from typing import Any
from weakref import WeakKeyDictionary

from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.reactive import Reactive

_WRITTEN_FOR = frozenset({
    "BindingsMap", "DOMNode", "Reactive", "__dict__", "__init_subclass__", "__mro__", "__name__", "_computes",
    "_css_bases", "_css_type_name", "_css_type_names", "_inherit_bindings", "_inherit_component_classes",
    "_inherit_css", "_merge_bindings", "_merged_bindings", "_reactives", "add", "append", "clear", "dir", "from_keys",
    "frozenset", "get", "isinstance", "issubclass", "items", "key_to_bindings", "lstrip", "reversed", "set",
    "startswith", "super", "update",
})  # fmt: skip
"""Every name that the code of Textual that is replaced looks up."""
_PREFIXES = ("_compute_", "compute_")

_init_subclass = DOMNode.__dict__["__init_subclass__"].__func__
_merge_bindings = DOMNode.__dict__["_merge_bindings"].__func__


class _Own:
    """What a class says itself, its bases left out."""

    def __init__(self, of: type[Any]) -> None:
        names = vars(of)
        self.reactives = {name: value for name, value in names.items() if isinstance(value, Reactive)}
        self.computes = {name.lstrip("_")[8:] for name in names if name.startswith(_PREFIXES)}
        self.is_node = issubclass(of, DOMNode)
        self.bindings: dict[str, list[Binding]] = {}
        if self.is_node:
            self.bindings = BindingsMap(names.get("BINDINGS", [])).key_to_bindings


_own: WeakKeyDictionary[type[Any], _Own] = WeakKeyDictionary()


def install() -> None:
    """Put it into Textual; doing it twice changes nothing."""
    if is_known():
        DOMNode.__init_subclass__ = classmethod(_made)  # type: ignore[assignment]


def is_known() -> bool:
    """Whether Textual's code is the one that this was written for."""
    return {*_names(_init_subclass.__code__), *_names(_merge_bindings.__code__)} == _WRITTEN_FOR


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names(part)


def _made(
    cls: type[DOMNode],
    inherit_css: bool = True,
    inherit_bindings: bool = True,
    inherit_component_classes: bool = True,
) -> None:
    super(DOMNode, cls).__init_subclass__()
    cls._inherit_css = inherit_css
    cls._inherit_bindings = inherit_bindings
    cls._inherit_component_classes = inherit_component_classes
    reactives: dict[str, Reactive[Any]] = {}
    bindings: dict[str, list[Binding]] = {}
    computes: set[str] = set()
    base: type[Any]
    for base in reversed(cls.__mro__):
        own = _own.get(base)
        if own is None:
            own = _own[base] = _Own(base)
        reactives.update(own.reactives)
        computes |= own.computes
        if own.is_node:
            if not base._inherit_bindings:
                bindings.clear()
            bindings.update(own.bindings)
    cls._reactives = reactives
    css_bases = cls._css_bases(cls)
    cls._css_type_name = css_bases[0].__name__
    cls._css_type_names = frozenset(base.__name__ for base in css_bases)
    cls._merged_bindings = BindingsMap.from_keys({key: [*found] for key, found in bindings.items()})
    cls._computes = frozenset(computes)
