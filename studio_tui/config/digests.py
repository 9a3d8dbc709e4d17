"""Digests without OpenSSL, whose library takes 2 ms of every start to load. `hashlib` makes the same ones."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any


def _made_by(name: str, *modules: str) -> Any:
    """Return what `hashlib` offers under a name, out of the first of Python's own modules that has it."""
    for module in modules:
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue
    import hashlib  # this Python was built without them

    return getattr(hashlib, name)


if TYPE_CHECKING:
    from hashlib import blake2b, sha256
else:
    blake2b = _made_by("blake2b", "_blake2")
    sha256 = _made_by("sha256", "_sha2", "_sha256")

__all__ = ["blake2b", "sha256"]
