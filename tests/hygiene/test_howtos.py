"""The table of how-tos names tests that exist."""

from __future__ import annotations

import re

from tests.paths import TESTS


def test_every_how_to_has_the_tests_that_the_table_names() -> None:
    rows = re.findall(r"^\| .* \| `([\w/.]+)` \| (.*) \|$", (TESTS / "HOWTOS.md").read_text(), re.MULTILINE)
    assert len(rows) == 23
    for module, names in rows:
        source = (TESTS / "server" / module).read_text()
        for name in re.findall(r"`(\w+)`", names):
            assert f"def {name}(" in source, f"{module}::{name}"
