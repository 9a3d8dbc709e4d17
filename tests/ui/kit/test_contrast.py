"""Every role can be read on every surface and under the cursor, in every theme, by the numbers of WCAG 2.

Computed from the theme files by the resolver that draws, in true colours and in those that a terminal of 256 or of 16
shows instead. Sixteen colours are the terminal's own: they are computed with the palettes of xterm and of VGA (the
Linux console, PuTTY).
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget

from studio_tui.ui.kit.terminal.readable_lines import readable_lines
from studio_tui.ui.kit.terminal.theme_files import CURSORS, ROLES, ThemeFile, bundled_folder, load_theme
from studio_tui.ui.kit.terminal.themes import resolved
from studio_tui.ui.screens.top_row import profile_style
from tests.ui.kit.palettes import PALETTES, Screen, ratio

NAMES = sorted(path.stem for path in bundled_folder().glob("*.toml"))
LINES = ("edge", "edge-dim", "border")
"""Roles that draw lines, never words."""
WORDS = sorted(set(ROLES) - {*LINES, *CURSORS})
ATTRIBUTES = ("", "bold", "reverse", "underline", "bold underline")
"""What is added to roles: titles, selections, what a search has found."""
STRUCTURE = 3.0

Shown = tuple[ThemeFile, Screen, float]


def _cases() -> list[tuple[str, str]]:
    """Return each theme with everything that it can be shown in."""
    sixteen = [f"16 of {palette}" for palette in PALETTES]
    return [(n, shown) for n in NAMES for shown in (sixteen if n.startswith("ansi") else ["true", "256", *sixteen])]


@pytest.fixture(params=_cases(), ids=" in ".join)
def shown(request: pytest.FixtureRequest) -> Shown:
    """Give a theme, the terminal that shows it, and the contrast that its words must reach."""
    name, colours = request.param
    file = load_theme(bundled_folder() / f"{name}.toml")
    count, _, palette = colours.partition(" of ")
    screen = Screen(palette, file, 0 if count == "true" else int(count))
    return file, screen, 7.0 if name == "high-contrast" else 4.5


def _faults(shown: Shown, wanted: float, roles: Iterable[str], surfaces: Iterable[str]) -> list[str]:
    """Return the roles that cannot be read where they stand."""
    file, screen, _ = shown
    found = []
    for surface in surfaces:
        for role in roles:
            front, back = screen.colours(screen.behind(surface) + resolved(file, role))
            if ratio(front, back) < wanted:
                found.append(f"{role} on {surface}: {front.hex} on {back.hex} is {ratio(front, back):.2f}")
    return found


def test_words_can_be_read_on_every_surface(shown: Shown) -> None:
    """Panels, dialogs, and the rows at top and bottom."""
    roles = [f"{role} {attribute}" for role in WORDS for attribute in ATTRIBUTES]
    assert _faults(shown, shown[2], roles, ("background", "surface", "panel")) == []


@pytest.mark.parametrize("cursor", sorted(CURSORS))
def test_words_can_be_read_under_the_cursor(shown: Shown, cursor: str) -> None:
    roles = [f"{cursor} {role} {attribute}" for role in (*WORDS, *LINES) for attribute in ATTRIBUTES]
    if cursor == "cursor-blurred":  # lines keep their colour there
        roles = [role for role in roles if role.split()[1] not in LINES]
    assert _faults(shown, shown[2], roles, ("background", "surface")) == []


def test_the_row_under_the_cursor_is_one_bar_of_one_colour(shown: Shown) -> None:
    """A bar whose words have colours of their own is a patchwork, and some of them cannot be read."""
    file, screen, _ = shown
    styles = [screen.behind("background") + resolved(file, f"cursor {role}") for role in (*WORDS, *LINES)]
    assert len({screen.colours(style) for style in styles if not _turned(file, style)}) == 1


def _turned(file: ThemeFile, style: Style) -> bool:
    """Whether a role of its own is reversed, such as the badge of a theme of sixteen colours."""
    return bool(style.reverse) is not bool(resolved(file, "cursor").reverse)


def test_the_row_under_the_cursor_can_be_told_from_the_others(shown: Shown) -> None:
    """In the panel in use by a bar, in others by a dim one where there is a dim colour; a sign is before it too."""
    file, screen, _ = shown
    plain, there, elsewhere = (
        screen.behind("background") + resolved(file, role) for role in ("text", "cursor", "cursor-blurred")
    )
    behind = [screen.colours(style)[1] for style in (plain, there, elsewhere)]
    assert ratio(behind[1], behind[0]) > max(1.5, ratio(behind[2], behind[0]))
    assert ratio(behind[1], behind[0]) > 2.0 or screen.count == 16
    assert behind[2] != behind[0] or elsewhere.bold or screen.count == 16


def test_attributes_of_words_stay_under_the_cursor(shown: Shown) -> None:
    file = shown[0]
    assert resolved(file, "cursor title").bold
    assert resolved(file, "null cursor").italic
    assert bool(resolved(file, "cursor").reverse) is not bool(resolved(file, "cursor reverse").reverse)


def test_lines_that_tell_something_can_be_seen(shown: Shown) -> None:
    """Edges of the graph, those that were never taken too, and the thumb of a list's scroll bar."""
    assert _faults(shown, STRUCTURE, LINES, ("background", "surface")) == []


def test_borders_and_scroll_bars_can_be_seen(shown: Shown) -> None:
    file, screen, _ = shown
    variables = file.theme.variables
    behind = screen.colours(screen.behind("background"))[1]
    for name in ("border", "border-blurred"):
        assert ratio(_ink(screen, variables[name]), behind) >= STRUCTURE, name
    track = screen.seen(Color.parse(variables["scrollbar-background"]).rich_color, ink=False)
    for thumb in ("scrollbar", "scrollbar-hover", "scrollbar-active"):
        assert ratio(_ink(screen, variables[thumb]), track) >= STRUCTURE, thumb


def test_a_scroll_bar_is_quieter_than_any_word(shown: Shown) -> None:
    """Both kinds: the thumb of a list, and that of Textual's own bars."""
    file, screen, _ = shown
    back = screen.colours(screen.behind("background"))[1]
    words = [screen.colours(screen.behind("background") + resolved(file, role))[0] for role in ("text", "muted")]
    thumb = screen.colours(screen.behind("background") + resolved(file, "border"))[0]
    for bar in (thumb, _ink(screen, file.theme.variables["scrollbar"])):
        assert ratio(bar, back) < min(ratio(word, back) for word in words), bar.hex


def test_the_panel_in_use_differs_by_more_than_hue(shown: Shown) -> None:
    """Its border is heavy, or clearly brighter or darker than the others."""
    file, screen, _ = shown
    wanted = 3.0 if file.theme.name == "high-contrast" else 1.8
    lines = [_ink(screen, file.theme.variables[name]) for name in ("border", "border-blurred")]
    assert file.theme.variables.get("border-in-use") == "heavy" or ratio(*lines) >= wanted


OFFERED = {**BUILTIN_THEMES, **{name: load_theme(bundled_folder() / f"{name}.toml").theme for name in NAMES}}


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_structure_can_be_seen_in_every_theme_that_the_picker_offers(name: str) -> None:
    """Textual's too, whose panels without the focus have borders that are almost the background's colour."""
    theme = OFFERED[name]
    file, screen = ThemeFile(theme), Screen("xterm", ThemeFile(theme))
    variables = {**theme.to_color_system().generate(), **theme.variables}
    variables |= readable_lines(theme, variables)
    back = screen.colours(screen.behind("background"))[1]
    lines = [_ink(screen, variables[line]) for line in ("border", "border-blurred")]
    assert all(ratio(line, back) >= STRUCTURE for line in lines), lines
    assert variables.get("border-in-use") == "heavy" or ratio(*lines) >= 1.8
    bars = [name for name in ("scrollbar", "scrollbar-hover", "scrollbar-active") if not theme.ansi]
    for bar in bars:
        behind = Color.parse(variables[bar.replace("scrollbar", "scrollbar-background", 1)])
        assert ratio(behind + Color.parse(variables[bar]), behind) >= STRUCTURE, bar
    assert _faults((file, screen, 0), STRUCTURE, (*LINES, "muted"), ("background", "surface")) == []


def test_the_steps_of_a_heat_look_different(shown: Shown) -> None:
    """In what is behind them, in colour or in weight; the hottest is a block of its own."""
    file, screen, _ = shown
    steps = [screen.behind("background") + resolved(file, f"heat-{step}") for step in range(1, 5)]
    looks = [(screen.colours(style), style.bold) for style in steps]
    assert len(set(looks)) == len(looks)
    backs = [colours[1] for colours, _ in looks]
    assert ratio(backs[3], screen.colours(screen.behind("background"))[1]) >= STRUCTURE
    assert backs[3] not in backs[:3]


def test_no_role_is_dim() -> None:
    """How dim that is, the terminal decides."""
    for name in NAMES:
        file = load_theme(bundled_folder() / f"{name}.toml")
        assert not [role for role, spec in {**ROLES, **file.roles}.items() if "dim" in spec.split()]


def test_a_theme_of_its_own_colour_alone_can_be_read_under_the_cursor() -> None:
    file = ThemeFile(load_theme(bundled_folder() / "studio-dark.toml").theme)
    screen = Screen("true", file)
    assert _faults((file, screen, 4.5), 4.5, [f"cursor {role}" for role in WORDS], ["background"]) == []


@pytest.mark.parametrize("colour", ["red", "green", "#777777", "yellow", "navy", "#ff8800", "teal", "white"])
def test_the_name_of_a_profile_can_be_read_on_its_colour(colour: str) -> None:
    style = profile_style(Widget(), colour)
    assert style.color is not None
    assert style.bgcolor is not None
    assert ratio(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)) >= 4.5


def _ink(screen: Screen, spec: str) -> Color:
    return screen.seen(Color.parse(spec).rich_color, ink=True)
