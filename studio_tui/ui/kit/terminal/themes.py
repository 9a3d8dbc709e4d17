"""Themes in a running app: registering them, and the style of every role of the current one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from msgspec import Struct, field
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.theme import Theme
from textual.widget import Widget

from studio_tui.ui.kit.terminal.readable_lines import STRUCTURE, readable
from studio_tui.ui.kit.terminal.theme_files import ATTRIBUTES, CURSORS, ROLES, ThemeFile, bundled_folder, load_folders

DEFAULT_THEME = "studio-dark"
_WORDS = 4.5
"""Contrast of words that a theme does not name; those that it names are its own affair."""
_NONE_CHOSEN: Mapping[str, int] = {}


class _ThemeRegistry(Struct):
    """The roles of an app's themes and the styles worked out for the current one."""

    files: dict[str, ThemeFile] = field(default_factory=dict)
    theme: str = ""
    revision: int = 0
    styles: dict[tuple[str, Color], Style] = field(default_factory=dict)
    inks: dict[str, Style] = field(default_factory=dict)


_registries: WeakKeyDictionary[App[Any], _ThemeRegistry] = WeakKeyDictionary()


def register_themes(app: App[Any], user_folder: Path | None = None) -> list[str]:
    """Make every theme file known to `app`, the user's folder last; return what was wrong with files, in words."""
    loaded, problems = load_folders([bundled_folder(), *([user_folder] if user_folder else [])])
    registry = _registries.setdefault(app, _ThemeRegistry())
    for item in loaded:
        registry.files[item.theme.name] = item
        app.register_theme(item.theme)
    registry.theme = ""
    return problems


def has_themes(app: App[Any]) -> bool:
    """Tell whether themes were registered."""
    return app in _registries


def theme_names(app: App[Any]) -> list[str]:
    """Return the names of the themes that can be chosen, ours first."""
    ours = list(_registries[app].files) if app in _registries else []
    return [*ours, *sorted(name for name in app.available_themes if name not in ours)]


def theme_revision(app: App[Any]) -> int:
    """Return a number that changes whenever role styles do; cached strips carry it in their key."""
    return _current(app).revision


def role_style(widget: Widget, role: str) -> Style:
    """Return the style of `role` (names and attributes separated by spaces) in the current theme, on `widget`.

    An unknown or empty role is plain text, so every style carries a foreground and the widget's background.
    """
    return role_styles(widget)(role)


def role_styles(widget: Widget) -> Callable[[str], Style]:
    """Return what finds the styles of roles on `widget`: what lies behind it is looked for once for all of a line."""
    registry = _current(widget.app)
    behind = widget.styles.background
    if behind.a < 1:
        behind = widget.background_colors[1]

    def style_on(role: str) -> Style:
        style = registry.styles.get((role, behind))
        if style is None:
            style = Style(bgcolor=behind.rich_color) + resolved(_file(widget.app, registry), role)
            registry.styles[role, behind] = style
        return style

    return style_on


def ink_style(app: App[Any], role: str) -> Style:
    """Return the style of `role` in the current theme as it names it: what lies behind is whatever lies there."""
    registry = _current(app)
    style = registry.inks.get(role)
    if style is None:
        style = registry.inks[role] = resolved(_file(app, registry), role)
    return style


def chosen_colours(app: App[Any], count: int) -> Mapping[str, int]:
    """Return what the current theme shows in a terminal of `count` colours: `#rrggbb` → a number, where it says it."""
    return _file(app, _current(app)).few.get(count) or _NONE_CHOSEN


def app_role_variables(app: App[Any]) -> dict[str, str]:
    """Return the foregrounds of the roles in the app's current theme as CSS variables (`$role-muted`), and the kind
    of lines around the panel in use, which a theme may set to another (`border-in-use = "heavy"`)."""
    theme = app.current_theme
    file = _registries[app].files.get(theme.name) if app in _registries else None
    variables = {"border-in-use": "round"}
    for name, spec in {**ROLES, **(file.roles if file else {})}.items():
        colour = _parse(spec, theme)[0]
        variables[f"role-{name}"] = (colour or Color.parse("ansi_default")).css
    return variables


def _current(app: App[Any]) -> _ThemeRegistry:
    registry = _registries.get(app)
    if registry is None:
        registry = _registries[app] = _ThemeRegistry()
    if registry.theme != app.theme:
        registry.theme = app.theme
        registry.revision += 1
        registry.styles.clear()
        registry.inks.clear()
    return registry


def _file(app: App[Any], registry: _ThemeRegistry) -> ThemeFile:
    theme = app.current_theme
    return registry.files.get(theme.name) or ThemeFile(theme)


def resolved(file: ThemeFile, role: str) -> Style:
    """Return the style of `role` (names and attributes) in a theme, without what lies behind it."""
    theme, specs = file.theme, {**ROLES, **file.roles}
    style = style_of(specs["text"], theme)
    is_reversed = False
    for word in sorted(role.split(), key=CURSORS.__contains__):  # what the cursor names wins, wherever it stands
        if word in ATTRIBUTES:
            added = Style.parse(word)
        elif word in specs:
            added = style_of(specs[word], theme)
        else:
            continue
        if word in CURSORS and added.color is None and style.bgcolor is not None:
            continue  # a badge, whose characters are made for what is behind them
        # Twice reversed is the right way round: what is found in a row that is reversed has to be seen.
        is_reversed ^= bool(added.reverse)
        style += added
    return style + Style(reverse=False) if style.reverse and not is_reversed else style


def style_of(spec: str, theme: Theme) -> Style:
    """Return the style that a role's spelling (`$accent on #222 bold`) means in `theme`."""
    front, back, attributes = _parse(spec, theme)
    style = Style(color=front.rich_color if front else None, bgcolor=back.rich_color if back else None)
    return style + Style.parse(" ".join(attributes)) if attributes else style


def _parse(spec: str, theme: Theme) -> tuple[Color | None, Color | None, Iterable[str]]:
    front: Color | None = None
    back: Color | None = None
    attributes = []
    background = False
    for word in spec.split():
        if word == "on":
            background = True
        elif word in ATTRIBUTES:
            attributes.append(word)
        elif background:
            back = _colour(word, theme)
        else:
            front = _colour(word, theme)
            if "/" in word and not theme.ansi:
                front = _readable(front, theme, STRUCTURE)
    return front, back, attributes


def _colour(word: str, theme: Theme) -> Color:
    name, _, share = word.partition("/")
    colour = palette_colour(theme, name[1:]) if name.startswith("$") else Color.parse(name)
    if share and not theme.ansi:
        colour = palette_colour(theme, "background").blend(colour, int(share) / 100, 1.0)
    return colour


def _readable(colour: Color, theme: Theme, wanted: float) -> Color:
    surfaces = [palette_colour(theme, name) for name in ("background", "surface")]
    return readable(colour, palette_colour(theme, "foreground"), surfaces, wanted)


def palette_colour(theme: Theme, name: str) -> Color:
    """Return a palette colour of `theme`; what the theme leaves out is derived as Textual derives it."""
    if name == "muted":
        if theme.ansi:
            return Color.parse("ansi_default")  # bright black is too dark on black in most terminals
        mixed = palette_colour(theme, "background").blend(palette_colour(theme, "foreground"), 0.7, 1.0)
        return _readable(mixed, theme, _WORDS)
    given = getattr(theme, name)
    if given is not None:
        return Color.parse(given)
    return Color.parse(_derived(theme)[name])


def _derived(theme: Theme) -> dict[str, str]:
    """Return every colour that Textual derives for `theme`; all are worked out at once, and several asked for."""
    if not _last_derived or _last_derived[0][0] is not theme:
        _last_derived[:] = [(theme, theme.to_color_system().generate())]
    return _last_derived[0][1]


_last_derived: list[tuple[Theme, dict[str, str]]] = []
"""Of the theme that was asked for last, as there is one in use."""
