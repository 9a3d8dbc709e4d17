"""Digests are those of `hashlib`, from which names of files were made before."""

from __future__ import annotations

import hashlib

import pytest

from studio_tui.config import digests


@pytest.mark.parametrize("text", [b"", b"x", b"0123456789" * 1000])
def test_digests_are_those_of_hashlib(text: bytes) -> None:
    assert digests.sha256(text).hexdigest() == hashlib.sha256(text).hexdigest()
    assert digests.blake2b(text, digest_size=16).digest() == hashlib.blake2b(text, digest_size=16).digest()


def test_a_python_without_modules_of_its_own_takes_those_of_hashlib() -> None:
    assert digests._made_by("sha256", "_no_such_module", "errno") is hashlib.sha256
