"""Attributes that grow while a message streams: their parts are kept apart and joined when somebody reads,
so that a token costs its own length and not the length of the whole message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Deferred:
    """A value that is made when it is read. No abstract class: each token asks whether something is one."""

    __slots__ = ()

    def read(self) -> Any:
        """Return the value as it is now."""
        raise NotImplementedError


LOOSE_PARTS = 256
"""Parts that may lie apart: a token takes ten times its own length."""
SHORT = 100
"""Characters from which joining saves nothing worth its time."""


class Parts(Deferred):
    """Text in parts, joined on reading; what nobody reads is joined piece by piece, to take little more than itself."""

    __slots__ = ("_joined", "_parts")

    def __init__(self) -> None:
        self._joined: list[str] = []
        self._parts: list[str] = []

    def append(self, text: str) -> None:
        """Add text to the end."""
        self._parts.append(text)
        if len(self._parts) > LOOSE_PARTS:
            short = sum(map(len, self._parts)) < LOOSE_PARTS * SHORT
            self._joined.extend(["".join(self._parts)] if short else self._parts)
            self._parts = []

    def read(self) -> str:
        """Return the whole text."""
        if self._joined or len(self._parts) > 1:
            self._parts = ["".join([*self._joined, *self._parts])]
            self._joined = []
        return self._parts[0] if self._parts else ""


class _DeferredSlot:
    """Reads a slot of a slotted class through `Deferred`."""

    def __init__(self, slot: Any) -> None:
        self.slot = slot

    def __get__(self, instance: object, owner: type) -> Any:
        if instance is None:
            return self
        value = self.slot.__get__(instance, owner)
        return value.read() if isinstance(value, Deferred) else value

    def __set__(self, instance: object, value: Any) -> None:
        self.slot.__set__(instance, value)


def growing(*names: str) -> Callable[[type[T]], type[T]]:
    """Let the named slots of a class hold a `Deferred`; readers see its value."""

    def wrap(cls: type[T]) -> type[T]:
        for name in names:
            setattr(cls, name, _DeferredSlot(cls.__dict__[name]))
        return cls

    return wrap


def defer(instance: object, name: str, value: Deferred) -> None:
    """Make the growing attribute `name` of `instance` read from `value`."""
    setattr(instance, name, value)


def deferred(instance: object, name: str) -> Deferred | None:
    """Return what the growing attribute `name` of `instance` reads from, or None for a plain value."""
    value = type(instance).__dict__[name].slot.__get__(instance, type(instance))
    return value if isinstance(value, Deferred) else None
