"""When frames are written: at once after a key, else when the terminal has read what came before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from studio_tui.ui.kit.terminal import frame_output
from studio_tui.ui.kit.terminal.frame_output import FrameOutput

SYNC = ("\x1b[?2026h", "\x1b[?2026l")
QUESTION = "\x1b[?2026$p"


@dataclass
class Link:
    """A terminal at the other end, and the time as it passes there."""

    written: list[str] = field(default_factory=list)
    pending: int = 0
    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Link:
    link = Link()
    monkeypatch.setattr(frame_output, "time", link)
    return link


@pytest.fixture
async def frames(link: Link) -> FrameOutput:
    """An output whose terminal draws frames at once and has answered within 10 ms."""
    frames = FrameOutput(link.written.append, lambda: link.pending)
    frames.begin()
    frames.heard(SYNC[0])
    draw(frames, "first")
    link.now += 0.01
    frames.hear_answer()
    link.written.clear()
    return frames


def draw(frames: FrameOutput, text: str, style: Style | None = None) -> None:
    """Textual draws a frame."""
    strip = Strip([Segment(text.ljust(20), style)])
    frames.take(LayoutUpdate([[strip]], Region(0, 0, 20, 1)), (20, 1), ColorSystem.TRUECOLOR)
    frames.heard("\x1b[1;1H")
    frames.turn()


COLOURS = "38;2;1;2;3;48;2;4;5;6"
STYLE = Style(color="#010203", bgcolor="#040506")


@pytest.fixture
async def begun(link: Link) -> FrameOutput:
    """An output that begins on a screen whose only line is known."""
    frames = FrameOutput(link.written.append, lambda: link.pending)
    frames.begin([[(char, COLOURS) for char in "stands there".ljust(20)]])
    return frames


async def test_what_stands_there_at_the_beginning_is_not_written_again(begun: FrameOutput, link: Link) -> None:
    draw(begun, "stands there", STYLE)
    assert link.written == ["\x1b[1H"]  # the cursor, of which nobody knew
    draw(begun, "stands here!", STYLE)
    assert link.written[-1] == f"\x1b[7C\x1b[0;{COLOURS}mhere!\r"


async def test_a_screen_that_was_forgotten_at_the_beginning_is_written_whole(begun: FrameOutput, link: Link) -> None:
    begun.resized((20, 1))  # which Textual tells at every start
    assert link.written == []
    begun.window_changes()
    begun.resized((20, 1))
    assert "stands there" in link.written[-1]


async def test_another_size_at_the_beginning_is_drawn_whole(link: Link) -> None:
    frames = FrameOutput(link.written.append, lambda: link.pending)
    frames.begin([[(char, COLOURS) for char in "stands there"]])
    draw(frames, "stands there", STYLE)
    assert "stands there" in link.written[-1]


async def test_on_a_fast_link_every_frame_is_written_between_the_marks(frames: FrameOutput, link: Link) -> None:
    for text in ("one", "two"):
        draw(frames, text)
    assert [text[:8] == SYNC[0] and SYNC[1] in text for text in link.written] == [True, True]


async def test_a_frame_without_a_change_is_no_byte(frames: FrameOutput, link: Link) -> None:
    draw(frames, "first")
    assert link.written == []


async def test_frames_that_wait_are_one_in_the_end(frames: FrameOutput, link: Link) -> None:
    link.pending = 5000
    for text in ("one", "two", "three"):
        draw(frames, text)
    assert link.written == []
    link.pending = 0
    frames.turn()
    assert len(link.written) == 1
    assert "three" in link.written[0]
    assert frames.merged == 3


async def test_a_link_that_swallows_what_is_written_is_known_by_its_late_answer(
    frames: FrameOutput, link: Link
) -> None:
    link.now += 3.0
    draw(frames, "asked")
    assert link.written.pop().endswith(QUESTION)
    link.now += 0.2
    draw(frames, "waits")
    assert link.written == []
    frames.hear_answer()
    frames.turn()
    assert "waits" in link.written[0]


@pytest.mark.parametrize(("pending", "written"), [(4000, 1), (5000, 0)])
async def test_after_a_key_a_frame_waits_for_no_link_unless_the_key_is_held_down(
    frames: FrameOutput, link: Link, pending: int, written: int
) -> None:
    link.pending = pending
    frames.acted()
    draw(frames, "key")
    assert len(link.written) == written
    link.now += 1.0
    draw(frames, "no key")
    assert len(link.written) == written


async def test_a_fast_link_is_not_asked_at_every_frame(frames: FrameOutput, link: Link) -> None:
    for number in range(20):
        link.now += 0.03
        draw(frames, f"frame {number}")
    assert sum(QUESTION in text for text in link.written) == 0


async def test_what_only_moves_the_cursor_or_sets_a_mode_is_no_reason_to_paint_anew(
    frames: FrameOutput, link: Link
) -> None:
    for harmless in ("\x07", "\x1b[?1003h", "\x1b[2 q", "\x1b]52;c;QUJD\x07"):
        assert not frames.heard(harmless)
    draw(frames, "first!")
    assert "first" not in link.written[0]


async def test_the_cursor_is_set_where_somebody_types_and_costs_nothing_elsewhere(
    frames: FrameOutput, link: Link
) -> None:
    draw(frames, "field")
    assert link.written[-1].endswith(f"\r{SYNC[1]}")
    frames.in_field = False
    draw(frames, "a list")
    assert link.written[-1].endswith(f"a list{SYNC[1]}")
    frames.in_field = True
    draw(frames, "a list")
    assert link.written[-1] == f"{SYNC[0]}\r{SYNC[1]}", "back in the field the cursor is, although nothing else changes"


@pytest.mark.parametrize("other", ["\x1b[2J", "plain text", "\x1b[?1049h"])
async def test_after_anything_else_the_whole_picture_is_written_again(
    frames: FrameOutput, link: Link, other: str
) -> None:
    frames.heard(other)
    draw(frames, "first")
    assert "first" in link.written[0]


async def test_while_another_program_has_the_terminal_nothing_is_written_and_then_all_of_it(
    frames: FrameOutput, link: Link
) -> None:
    frames.end(0.0)
    assert link.written == ["\x1b[m"]
    draw(frames, "meanwhile")
    assert link.written == ["\x1b[m"]
    frames.begin()
    frames.turn()
    assert "meanwhile" in link.written[-1]


async def test_an_answer_that_never_comes_stops_no_frame_for_ever(
    frames: FrameOutput, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Callable[[], None]] = []
    monkeypatch.setattr(frames, "_look_later", looks.append)
    link.now += 3.0
    draw(frames, "asked")
    link.now += 11.0
    draw(frames, "waits")
    assert len(link.written) == 1
    looks[0]()
    assert "waits" in link.written[1]
