"""Classes of widgets are made as Textual makes them, and only where Textual's code is the one that is known."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.reactive import reactive
from textual.widget import Widget

import studio_tui.ui
from studio_tui.ui.app import class_making

MADE = ("_reactives", "_inherit_css", "_inherit_bindings", "_inherit_component_classes", "_css_type_name",
        "_css_type_names", "_merged_bindings", "_computes")  # fmt: skip
T = TypeVar("T")


class Mixed:
    late = reactive(1)

    def compute_late(self) -> int:
        return 2


class First(Widget):
    BINDINGS: ClassVar[list[BindingType]] = [("a,b", "one", "One"), ("c", "two", "Two")]
    size_of = reactive("")

    def _compute_size_of(self) -> str:
        return "x"


class Second(Mixed, First, Generic[T], inherit_css=False):
    BINDINGS: ClassVar[list[BindingType]] = [("c", "three", "Three")]
    size_of = reactive("other")


class Third(Second[int], inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = [("d", "four", "Four")]


class Fourth(Third): ...


def _nodes(of: type[DOMNode] = DOMNode) -> Iterator[type[DOMNode]]:
    for found in of.__subclasses__():
        yield found
        yield from _nodes(found)


def _seen(of: type[DOMNode]) -> dict[str, Any]:
    seen = {name: of.__dict__[name] for name in MADE}
    seen["_reactives"] = list(seen["_reactives"].items())
    seen["_merged_bindings"] = list(seen["_merged_bindings"].key_to_bindings.items())
    return seen


def test_every_class_of_ours_and_of_textual_is_made_the_same() -> None:
    for module in pkgutil.walk_packages(studio_tui.ui.__path__, "studio_tui.ui."):
        importlib.import_module(module.name)
    nodes = list(dict.fromkeys(_nodes()))
    assert {First, Second, Third, Fourth} <= set(nodes)
    assert len(nodes) > 100
    for node in nodes:
        options = (node._inherit_css, node._inherit_bindings, node._inherit_component_classes)
        class_making._made(node, *options)
        ours = _seen(node)
        class_making._init_subclass(node, *options)
        assert ours == _seen(node), node


def test_no_class_shares_its_lists_of_keys_with_another() -> None:
    class_making._made(First)
    class_making._made(Fourth)
    class_making._made(Second)
    first = First._merged_bindings
    second = Second._merged_bindings
    assert first is not None
    assert second is not None
    assert first.key_to_bindings["a"] == second.key_to_bindings["a"]
    assert first.key_to_bindings["a"] is not second.key_to_bindings["a"]


def test_the_textual_that_is_installed_is_known() -> None:
    """When this fails, Textual makes its classes in another way: read its `__init_subclass__`, and follow it."""
    assert class_making.is_known()


def test_beside_another_textual_nothing_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(cls: type[DOMNode]) -> None:
        cls.brand_new = True  # type: ignore[attr-defined]

    before = DOMNode.__dict__["__init_subclass__"]
    monkeypatch.setattr(class_making, "_init_subclass", other)
    class_making.install()
    assert DOMNode.__dict__["__init_subclass__"] is before
