"""Pictures that were reviewed by eye stay as they are."""

from __future__ import annotations

import pytest

from tests.graphs.goldens import ANSWERS, FOLDED, SAMPLES, WRAPPED, golden_path, golden_text


@pytest.mark.parametrize("name", [*SAMPLES, *ANSWERS, *WRAPPED, *FOLDED])
def test_a_reviewed_picture_stays(name: str) -> None:
    """If a change is meant: `python -m tests.graphs.goldens`, then look at the difference."""
    assert golden_text(name) == golden_path(name).read_text("utf-8")
