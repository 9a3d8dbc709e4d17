"""What is written to the terminal makes it show what Textual drew: on random screens, from any state before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from studio_tui.text.secrets import KNOWN
from studio_tui.ui.kit.terminal.cell_writer import CellWriter
from studio_tui.ui.kit.terminal.few_colours import COUNTS, in_few
from studio_tui.ui.kit.terminal.picture import Picture, Update
from tests.ui.kit.emulated import Emulated

WIDTH, HEIGHT = 24, 5
HALF = WIDTH // 2
"""Pieces begin and end at even cells, so that no update cuts a wide character in half; another test does that."""

SYSTEMS = [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD]
colors = st.sampled_from(["", "red", "bright_blue", "color(99)", "#102030", "#fedcba", "default"])
attributes = st.sets(st.sampled_from(["bold", "italic", "underline", "strike", "reverse", "dim"]), max_size=3)


@st.composite
def styles(draw: st.DrawFn) -> Style | None:
    ink, paper, on = draw(colors), draw(colors), draw(attributes)
    words = [*sorted(on), ink, *(["on", paper] if paper else [])]
    return Style.parse(" ".join(word for word in words if word)) if any(words) else None


pairs = st.sampled_from(["  ", "ab", "│ ", "··", "世", "xy", "╭─", " z", "é ", "é"]) | st.text(
    "abc .─", min_size=2, max_size=2
)


@st.composite
def strips(draw: st.DrawFn, halves: int) -> Strip:
    segments, left = [], halves
    while left:
        size = draw(st.integers(1, left))
        text = "".join(draw(st.lists(pairs.map(_two_cells), min_size=size, max_size=size)))
        segments.append(Segment(text, draw(styles())))
        left -= size
    return Strip(segments, halves * 2)


def _two_cells(text: str) -> str:
    return text + " " * (2 - Strip([Segment(text)]).cell_length)


@st.composite
def cuts(draw: st.DrawFn, start: int, end: int) -> list[int]:
    """Sizes in halves that fill what is between."""
    inner = draw(st.sets(st.integers(start + 1, end - 1), max_size=3)) if end - start > 1 else set()
    edges = [start, *sorted(inner), end]
    return [after - before for before, after in pairwise(edges)]


@st.composite
def layouts(draw: st.DrawFn) -> LayoutUpdate:
    x, y = draw(st.integers(0, HALF - 1)), draw(st.integers(0, HEIGHT - 1))
    end, bottom = draw(st.integers(x + 1, HALF)), draw(st.integers(y + 1, HEIGHT))
    rows = [[draw(strips(size)) for size in draw(cuts(x, end))] for _ in range(y, bottom)]
    return LayoutUpdate(rows, Region(2 * x, y, 2 * (end - x), bottom - y))  # type: ignore[arg-type]


@st.composite
def chops(draw: st.DrawFn) -> ChopsUpdate:
    """Some parts of some lines, of which some were not drawn."""
    lines, ends = [], []
    for _ in range(HEIGHT):
        sizes = draw(cuts(0, HALF))
        edges = [0, *accumulate(2 * size for size in sizes)]
        parts = [draw(strips(size)) if draw(st.booleans()) else None for size in sizes]
        lines.append(dict(zip(edges, parts, strict=False)))
        ends.append(edges[1:])
    spans = []
    for y in sorted(draw(st.sets(st.integers(0, HEIGHT - 1), min_size=1))):
        first = draw(st.integers(0, HALF - 1))
        spans.append((y, 2 * first, 2 * draw(st.integers(first + 1, HALF))))
    return ChopsUpdate(lines, spans, ends)


updates = st.lists(layouts() | chops(), min_size=1, max_size=5)


def _console(system: ColorSystem) -> Console:
    names = {ColorSystem.TRUECOLOR: "truecolor", ColorSystem.EIGHT_BIT: "256", ColorSystem.STANDARD: "standard"}
    return Console(color_system=names[system], force_terminal=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
@pytest.mark.parametrize("erases", [True, False])
def test_the_terminal_shows_what_textual_alone_would_have_shown(system: ColorSystem, erases: bool) -> None:
    # Textual keeps what a style is in codes, of whichever colours were asked for first: here each test has its own.
    @settings(max_examples=60, deadline=None)
    @given(updates, st.lists(st.booleans(), min_size=5, max_size=5))
    def check(steps: Sequence[Update], forgets: Sequence[bool]) -> None:
        picture = Picture()
        writer = CellWriter(picture, erases=erases)
        picture.resize(WIDTH, HEIGHT)
        writer.forget()
        ours, theirs = Emulated(WIDTH, HEIGHT), Emulated(WIDTH, HEIGHT)
        console = _console(system)
        for step, forgets_now in zip(steps, forgets, strict=False):
            picture.take(step, system)
            if forgets_now:
                ours.feed("\x1b[3;5H\x1b[1;7;35;42mrubbish 世界\x1b[2;2H")
                writer.forget()
            ours.feed(writer.difference((1, 0)))
            theirs.feed(_anew(step, console) + "\x1b[1;2H")
            assert ours.different(theirs) == []
            assert ours.cursor == theirs.cursor
            assert writer.difference((1, 0)) == ""

    check()


def _anew(update: Update, console: Console) -> str:
    """What Textual writes of an update, without what it kept of earlier renderings in other colours.

    Few colours are chosen as the program does, not as Rich does.
    """
    system = console._color_system
    strips = (
        [strip for row in update.strips for strip in row]
        if isinstance(update, LayoutUpdate)
        else [strip for line in update.chops for strip in line.values() if strip is not None]
    )
    for strip in strips:
        strip._render_cache = None
        if system in COUNTS:
            strip._crop_cache.clear()
            strip._segments = [Segment(text, style and in_few(style, system, {}), kind) for text, style, kind in strip]
        for _, style, _ in strip:
            if style is not None:
                style._ansi = None
    return update.render_segments(console)


def _drawn(width: int, *strips: Strip) -> tuple[Picture, CellWriter]:
    picture = Picture()
    picture.resize(width, len(strips))
    writer = CellWriter(picture)
    writer.forget()
    for y, strip in enumerate(strips):
        picture.draw(0, y, strip)
    return picture, writer


def _shown(width: int, height: int, *written: str) -> Emulated:
    terminal = Emulated(width, height)
    for text in written:
        terminal.feed(text)
    return terminal


@pytest.mark.parametrize("x", range(6))
def test_of_a_wide_character_that_is_cut_in_half_nothing_is_left(x: int) -> None:
    picture, writer = _drawn(8, Strip([Segment("a世界世b")]))
    before = writer.difference()
    picture.draw(x, 0, Strip([Segment("世")]))
    terminal = _shown(8, 1, before, writer.difference())
    whole = _shown(8, 1, *(_repainted(picture)))
    assert terminal.different(whole) == []
    assert terminal.text.count("世") + terminal.text.count("界") <= 3
    assert all(len(row) == picture.width for row in picture.rows)


def _repainted(picture: Picture) -> list[str]:
    fresh = CellWriter(picture)
    fresh.forget()
    return [fresh.difference()]


def test_a_wide_character_does_not_stand_half_outside() -> None:
    _, writer = _drawn(4, Strip([Segment("abc世")]))
    assert _shown(4, 1, writer.difference()).text == "abc "


@pytest.mark.parametrize("text", ["⚠️", "❤️", "👩‍👩‍👧", "🇩🇪", "👍🏽"])
def test_where_terminals_disagree_about_a_width_the_rest_of_the_row_stands_where_it_belongs(text: str) -> None:
    width = Strip([Segment(text)]).cell_length
    _, writer = _drawn(8, Strip([Segment("│" + text + "│")]))
    assert f"\x1b[1;{width + 2}H│" in writer.difference()


HOSTILE = ["\x1b]52;c;QQ==\x07", "\x1b[2J", "a\u202eb", "\x9b31m", "x\ny", "\x00", "\x7f"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_drives_the_terminal(text: str) -> None:
    _, writer = _drawn(20, Strip([Segment(text, Style(link="https://evil.invalid"))]))
    written = writer.difference()
    assert "evil" not in written
    assert not any(char in written for char in "\x07\x00\x7f\x9b\u202e\n")
    assert written.count("\x1b") == written.count("\x1b[")
    assert "\x1b[2J" not in written


def test_a_key_that_becomes_known_is_not_shown_any_more() -> None:
    picture, writer = _drawn(40, Strip([Segment("key: sk-very-secret-0123456789")]))
    assert "sk-very" in writer.difference()
    KNOWN.keep(["sk-very-secret-0123456789"])
    try:
        picture.forget_texts()
        picture.draw(0, 0, Strip([Segment("key: sk-very-secret-0123456789")]))
        assert "sk-very" not in _shown(40, 1, *_repainted(picture)).text
    finally:
        KNOWN.forget()


def test_what_is_written_is_what_has_changed() -> None:
    style = Style.parse("#123456 on #101010")
    rows = [Strip([Segment(f"row {number:02} of the table", style)]) for number in range(30)]
    picture, writer = _drawn(80, *rows)
    assert len(writer.difference()) < 30 * 60
    picture.draw(0, 7, Strip([Segment("row 77 of the table", style)]))
    written = writer.difference()
    assert written.startswith("\x1b[8;5H")
    assert written.endswith("m7")
    assert len(written) < 45


def test_a_blank_changes_no_colour_of_the_pen_but_its_background() -> None:
    bold, plain = Style.parse("bold #123456 on #101010"), Style.parse("#123456 on #101010")
    rows = [Strip([Segment("work", bold), Segment(" " * 30, plain), Segment("3ms", bold), Segment(" " * 20, plain)])]
    _, writer = _drawn(80, *rows)
    assert writer.difference().count("\x1b[0;1;38;2;18;52;86;48;2;16;16;16m") == 1


def test_a_list_that_moves_up_costs_no_change_of_colour_for_each_row() -> None:
    picture, (width, height) = Picture(), (30, 12)
    writer = CellWriter(picture)
    picture.resize(width, height)
    white, green = Style(color="#d5daea", bgcolor="#14161f"), Style(color="#8fd19e", bgcolor="#14161f")
    writer.forget()
    terminal, wanted = Emulated(width, height), Emulated(width, height)

    def frame(first: int) -> LayoutUpdate:
        bars = [" " * (number // 2 % 8) + "█" for number in range(first, first + height)]
        times = [f"{500 + number * 7 % 10}ms " for number in range(first, first + height)]
        rows = [[Strip([Segment(f"✓ work {time}", white), Segment(bar.ljust(15), green)])]
                for time, bar in zip(times, bars, strict=True)]  # fmt: skip
        return LayoutUpdate(rows, Region(0, 0, width, height))  # type: ignore[arg-type]

    console = _console(ColorSystem.TRUECOLOR)
    for first in range(3):
        picture.take(frame(first), ColorSystem.TRUECOLOR)
        written = writer.difference()
        terminal.feed(written)
        wanted.feed(_anew(frame(first), console))
        assert terminal.different(wanted) == []
    assert written.count("\x1b[38;") <= 2
    assert written.count("█") == height // 2


@pytest.mark.parametrize("sign", "✓✗")
def test_signs_that_every_terminal_gives_one_cell_cost_no_more_than_a_letter(sign: str) -> None:
    _, writer = _drawn(10, Strip([Segment(f"{sign} node")]))
    assert f"{sign} node" in writer.difference()
