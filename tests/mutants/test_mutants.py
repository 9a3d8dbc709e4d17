"""The list of errors fits the program: each is found where it says, and so are its tests. `make mutants` runs them."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.mutants.every import MUTATIONS
from tests.mutants.mutation import Mutation
from tests.paths import ROOT, TESTS

PURE = {"text", "jsonkit", "domain", "wire", "graphs", "present"}
ACTIVE = {"client", "core", "config", "local"}
FACES = {"cli", "ui"}


def test_there_are_many_in_every_layer() -> None:
    layers = Counter(item.file.split("/")[0] for item in MUTATIONS)
    assert sum(layers.values()) >= 44
    assert {
        "text",
        "jsonkit",
        "domain",
        "wire",
        "graphs",
        "client",
        "core",
        "present",
        "cli",
        "ui",
        "config",
        "local",
    } <= set(layers)
    assert len({item.promise for item in MUTATIONS}) == len(MUTATIONS)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda item: item.promise)
def test_its_place_and_its_tests_are_found(mutation: Mutation) -> None:
    assert mutation.applied_to(ROOT)
    for test in mutation.tests:
        file, _, case = test.partition("::")
        assert (TESTS / file).exists(), test
        assert not case or f"def {case.partition('[')[0]}(" in (TESTS / file).read_text(encoding="utf-8"), test
