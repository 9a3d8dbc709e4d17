"""What is covered is not drawn, and nobody sees that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Static

from studio_tui.ui.app import covered, textual_patches
from tests.ui.app.test_same_screen import SESSION
from tests.ui.conftest import Start

_textual_renders = Compositor._get_renders


class Seen:
    """Every frame of a session, drawn with and without what is covered; and how many lines were drawn for each."""

    def __init__(self) -> None:
        self.frames = 0
        self.lines = {"ours": 0, "theirs": 0}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    both = Seen()
    render = Compositor._render_chops

    def drawn(self: Compositor, crop: Region, is_rendered_line: Callable[[int], bool], name: str) -> Any:
        def counted(*given: Any) -> Any:
            for region, clip, strips in renders(*given):
                both.lines[name] += len(strips)
                yield region, clip, strips

        renders = {"ours": covered._renders, "theirs": _textual_renders}[name]
        monkeypatch.setattr(Compositor, "_get_renders", counted)
        try:
            return render(self, crop, is_rendered_line)
        finally:
            covered.install()

    def compared(self: Compositor, crop: Region, is_rendered_line: Callable[[int], bool]) -> Any:
        ours, theirs = (drawn(self, crop, is_rendered_line, name) for name in ("ours", "theirs"))
        both.frames += 1
        for y in filter(is_rendered_line, crop.line_range):
            for (x, strip), end in zip(theirs[y].items(), self.cuts[y][1:], strict=True):
                if x < crop.right and end > crop.x:
                    assert ours[y][x] == strip, (x, y)
        return ours

    monkeypatch.setattr(Compositor, "_render_chops", compared)
    return both


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (160, 45)])
async def test_every_frame_of_a_session_is_the_same(seen: Seen, start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        for key in SESSION:
            await it.press(key)
        await it.pilot.resize_terminal(70, 20)
        await it.pilot.pause()
        it.app.tell("Something to lie over the rest.", "warning")
        await it.pilot.pause()
        await it.pilot.hover("#graph")
    assert seen.frames > 30
    assert seen.lines["ours"] * 1.3 < seen.lines["theirs"]


def test_it_is_in_force() -> None:
    textual_patches.install()
    assert Compositor._get_renders is covered._renders


BOXES = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 7), st.integers(1, 7)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@given(BOXES, st.lists(BOXES, max_size=8))
def test_a_box_is_covered_when_each_of_its_cells_is(
    box: tuple[int, int, int, int], drawn: list[tuple[int, int, int, int]]
) -> None:
    def cells(of: tuple[int, int, int, int]) -> set[tuple[int, int]]:
        return {(x, y) for x in range(of[0], of[2]) for y in range(of[1], of[3])}

    whole = cells(box) <= {cell for other in drawn for cell in cells(other)}
    assert covered._is_covered(box, drawn) is whole


def test_beside_very_many_boxes_it_is_drawn() -> None:
    assert not covered._is_covered((0, 0, 1, 1), [(0, 0, 9, 9)] * 1000)


class Short(Static):
    def render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(crop)[:-1]


class Holder(App[None]):
    def compose(self) -> ComposeResult:
        with Vertical():
            yield Short("a\nb")


async def test_what_draws_too_little_covers_nothing() -> None:
    """It is a fault of a widget; what lies behind it must not be a hole then."""
    covered.install()
    app = Holder()
    async with app.run_test(size=(10, 2)):
        update = app.screen._compositor.render_full_update()
    assert [sum(strip.cell_length for strip in strips) for strips in update.strips] == [10, 10]
