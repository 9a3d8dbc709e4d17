"""What stands behind a dialog is tinted as Textual does it, and each style once."""

from __future__ import annotations

from rich.segment import ControlType, Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen

from studio_tui.ui.app import textual_patches

SEGMENTS = [
    Segment("plain"),
    Segment("red", Style.parse("bold red on blue")),
    Segment("clicked", Style.parse("green") + Style(meta={"@click": "app.quit"})),
    Segment("again", Style.parse("bold red on blue")),
    Segment("", None, [(ControlType.BELL,)]),
]


def test_the_tint_is_that_of_textual() -> None:
    textual_patches.install()
    for color in (Color(0, 0, 0, 0.6), Color(20, 40, 60, 0.3), Color(0, 0, 0, 0)):
        ours = list(BackgroundScreen.process_segments(SEGMENTS, color))
        assert ours == list(textual_patches._tint(SEGMENTS, color))
        assert all(segment.style is None or not segment.style.meta for segment in ours)


def test_a_style_is_tinted_once() -> None:
    textual_patches.install()
    color = Color(1, 2, 3, 0.5)
    first, _, _, again, _ = BackgroundScreen.process_segments([SEGMENTS[1], *SEGMENTS[1:]], color)
    assert first.style is again.style
