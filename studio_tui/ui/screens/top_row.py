"""Row 0 of every screen: which server, assistant and thread, what happens there, and the key that acts."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.present.top.happening import ACTS
from studio_tui.present.top.row import thread_name, top_row
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line
from studio_tui.ui.contracts.beat import on_beat
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of, with_keys
from studio_tui.ui.kit.one_line import OneLine
from studio_tui.ui.kit.terminal.notices import put_in_place
from studio_tui.ui.kit.terminal.themes import role_style


class TopRow(OneLine):
    """One row, painted anew only where it says something else."""

    DEFAULT_CSS = "TopRow { height: 1; width: 1fr; background: $panel; }"

    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.CONNECTION, Slice.ASSISTANTS, Slice.THREADS, Slice.RUN, Slice.STATE, Slice.TASKS, Slice.HISTORY}
    )

    def __init__(self, place: str = "") -> None:
        """`place`: what the screen is called, where it is not the Studio."""
        super().__init__(id="status")
        self.place = place
        self.free = (0, 0)
        """The cells over which notices may stand, as far as they are painted."""
        self._thread = ""
        self._note: Line = ()

    def say(self, note: Line) -> None:
        """Show a line where nothing else is to be said, until it is taken back with an empty one."""
        self._note = note
        self.look()

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Take over what changed in the app state."""
        if changed & {Slice.THREADS, Slice.STATE, Slice.RUN}:
            self._thread = thread_name(app_state)
        self.look()

    def line(self) -> Line:
        app = services_of(self)
        shown, studio = app.work.shown, app.studio_screen
        here: object = self.screen
        row = top_row(
            app.app_state,
            self.size.width,
            now=on_beat(app.now()),
            signs=glyphs(app.options.ascii),
            keys=self._keys(),
            thread=self._thread,
            place=self.place,
            activity=shown.label if shown else "",
            note=self._note,
            asked_below=here is studio and studio.dock.display,
        )
        if row.free != self.free:
            self.free = row.free
            if app.app._notifications:
                self.call_later(put_in_place, app.app, self.screen)
        return row.line

    def drawn(self, line: Line) -> Strip:
        app = services_of(self)
        profile = app.options.profiles.get(app.app_state.profile)
        return _with_profile(
            super().drawn(line), line, profile_style(self, profile.color if profile is not None else "")
        )

    def _keys(self) -> dict[str, str]:
        """Return the keys of what it names, as they work from where the focus is."""
        services = services_of(self)
        commands, studio = services.commands, services.studio_screen
        acts = [name for name in ACTS if not (services.app_state.readonly and commands[name].mutates)]
        here: object = self.screen
        if here is not studio:
            # A screen takes no key of the Studio's.
            return {name: commands.hint(f"{{{name}}}") for name in acts if commands[name].scope == "app"}
        leave = studio.way_out
        keys = {}
        for name in acts:
            of = commands.keys_of(name)
            # Letters are text in an editor, which is left first.
            typed = next((key for key in of if len(shown_key(key)) > 1 and name != "back"), "") if leave else ""
            keys[name] = shown_key(typed) if typed else with_keys(self, f"{leave}{{{name}}}")
        return keys


_MIDDLE = 0.18
"""Luminance on which black and white can be read alike."""


def _with_profile(strip: Strip, line: Line, profile: Style) -> Strip:
    """Return the strip of `line` with the one span whose colour is no role of the theme: the profile's name."""
    names = {span.text for span in line if span.role == "profile"}
    if not names:
        return strip
    segments = [Segment(part.text, profile if part.text in names else part.style) for part in strip]
    return Strip(segments, strip.cell_length)


def profile_style(widget: Widget, color: str) -> Style:
    """Return how a profile's name looks: in its own colour when the config names a valid one."""
    try:
        behind = Color.parse(color) if color else None
    except ColorParseError:
        behind = None
    if behind is None:
        return role_style(widget, "badge")
    red, green, blue = (part**2.2 for part in behind.normalized)
    is_light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > _MIDDLE
    return Style(color="#000000" if is_light else "#ffffff", bgcolor=behind.rich_color, bold=True)
