"""Where the focus of the Studio screen is: always on something that can be seen, and where the user put it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

from studio_tui.text.fmt import plural
from studio_tui.ui.studio.frame_clock import FASTEST, is_shown

if TYPE_CHECKING:
    from studio_tui.ui.studio.screen import StudioScreen


class FocusKeeper:
    """Brings the focus back: to a form that was built anew, to what a small terminal hid, to the panel in use."""

    def __init__(self, screen: StudioScreen) -> None:
        self._screen = screen
        self.too_small = False
        """The terminal is too small for anything: nothing is shown, so no key does anything but quit."""
        self.untaken = 0
        """Keys that came meanwhile, or just before: what they were to do is told once there is room."""
        self.pending = True
        """The focus is on its way to the composer, as before the first frame: keys for it wait."""
        self.writing = False
        """The user went to the composer and has not left it since."""
        self.waits_at: Widget | None = None
        """Where the focus went when the question under it was answered."""
        self._before: Widget | None = None
        """What had the focus when the terminal became too small."""
        self._field: Widget | None = None
        """The field of the composer that had the focus last."""

    @property
    def in_use(self) -> Widget | None:
        """The panel that has the focus where nothing else has it; None while the composer is to get it back."""
        screen = self._screen
        return None if self.writing and not screen.zoomed else screen.panel(screen.active)

    def to_composer(self) -> None:
        """Go to the input of the next run."""
        self.writing = True
        self._screen.composer.focus_input()
        self.keep_writing()

    def leave(self) -> None:
        """The user leaves the composer: the focus is not brought back to it."""
        self.writing = self.pending = False

    def moved(self, widget: Widget, panel_id: str | None) -> bool:
        """Follow the focus to `widget`; return whether the user went to the panel that it is in, if it is in one."""
        if panel_id is None:
            self._field = widget
            self.writing = self.writing and not self._screen.dock.has_focus_within
        elif self.writing and self._field is not None and not is_shown(self._field):
            # Nobody left the composer: its field went away with its form, and the focus fell to a neighbour.
            self.keep_writing()
            return False
        else:
            self.writing = False
        return panel_id is not None

    def asked_on(self) -> None:
        """The next of the questions that somebody answers one by one has the focus that the one before it had."""
        where, self.waits_at = self.waits_at, None
        dock = self._screen.dock
        if where is not None and self._screen.focused is where and dock.goes_on and dock.display:
            dock.take_focus(asked=False)

    def arranged(self, *, tiny: bool) -> None:
        """Another arrangement: keys never go to something that nobody sees."""
        screen, was_tiny, self.too_small = self._screen, self.too_small, tiny
        if not screen.is_mounted:
            return
        focused = screen.focused
        if was_tiny and not tiny and self.untaken:
            keys, self.untaken = plural(self.untaken, "key"), 0
            screen.services.tell(f"{keys} not taken while the terminal was too small: nothing was sent.", "warning")
        if tiny:
            if not was_tiny:
                self._before = focused
            screen.set_focus(None)
        elif focused is None and was_tiny and self._can_have_it_again():
            screen.set_focus(self._before)
        elif (focused is None and was_tiny) or (focused is not None and not is_shown(focused)):
            self.writing = self.writing and screen.composer.display
            if screen.panel(screen.active).display:
                screen.set_focus(screen.panel(screen.active))

    def _can_have_it_again(self) -> bool:
        return self._before is not None and self._before.focusable and is_shown(self._before)

    def built_anew(self) -> None:
        """The composer gets another form: the focus goes there once it is built."""
        if self.writing:
            self.pending = True
            self._screen.set_timer(FASTEST, self.keep_writing)

    def keep_writing(self, tries: int = 20) -> None:
        """Give the focus to the new form. Its fields mount one inside the other, so it may take a few frames."""
        screen = self._screen
        lost = self._field is None or not is_shown(self._field)
        self.pending = self.writing and lost and not screen.composer.has_focus_within and not screen.zoomed
        if self.pending:
            screen.composer.focus_input()
            self.pending = tries > 0
            if tries:
                screen.set_timer(FASTEST, lambda: self.keep_writing(tries - 1))
