"""What is changed inside Textual, once for the whole process: what reaches the terminal, keys behind an esc or in a
burst, timers, when frames are painted, and how often all is laid out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._compositor import Compositor
from textual._xterm_parser import XTermParser
from textual.color import Color
from textual.css.model import RuleSet
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.notifications import Notifications
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets._toast import ToastRack

from studio_tui.ui.app import covered
from studio_tui.ui.app.key_turn import TURNS
from studio_tui.ui.contracts import key_burst
from studio_tui.ui.kit.terminal.last_filter import filtered
from studio_tui.ui.kit.terminal.notices import hide_below, put_in_place

KEPT = frozenset({"alt+p", "alt+n"})
"""Keys with alt that are bound."""
_BEGINS = "[OP]_"
"""What stands behind the esc of a sequence that a terminal sends."""

_render_style = Strip.render_style
_crop_extend, _divide = Strip.crop_extend, Strip.divide
_ORIGINAL: Callable[..., Iterable[events.Key]] = XTermParser._sequence_to_key_events
_set_timer = MessagePump.set_timer
_on_idle, _on_beat = Screen._on_idle, Screen._on_timer_update
_render = Screen._compositor_refresh
_size_updated = Widget._size_updated
_show_toasts = ToastRack.show
_tint = BackgroundScreen.process_segments
_reflow, _screen_resized = Compositor.reflow, Screen._screen_resized


def install() -> None:
    """Put all of it into Textual; doing it twice changes nothing."""
    Strip.render_style = classmethod(_walled)  # type: ignore[method-assign, assignment]
    setattr(XTermParser, "_sequence_to_key_events", _keys)  # noqa: B010 - a private method, typed otherwise
    MessagePump.set_timer = _timer_for_sure  # type: ignore[method-assign, assignment]
    Screen._on_idle = _paint_at_once  # type: ignore[method-assign, assignment]
    Screen._on_timer_update = _paint_at_beat  # type: ignore[method-assign, assignment]
    Screen._compositor_refresh = _render_for_someone  # type: ignore[method-assign, assignment]
    Widget._size_updated = _told_its_size  # type: ignore[method-assign, assignment]
    Compositor.reflow = _noted_reflow  # type: ignore[method-assign, assignment]
    Screen._screen_resized = _resized  # type: ignore[method-assign, assignment]
    Strip.crop_extend, Strip.divide = _cropped, _divided  # type: ignore[method-assign, assignment]
    ToastRack.show = _shown_in_place  # type: ignore[method-assign, assignment]
    BackgroundScreen.process_segments = classmethod(_tinted)  # type: ignore[method-assign, assignment]
    covered.install()
    key_burst.taken = _burst
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]  # as Textual's, which is one in Python


# -- the last filter before the terminal ----------------------------------------------------------------------------
#
# Frames pass it in `Picture`; this is for what Textual renders itself: exit messages, pictures of the screen, and
# frames of a driver that is not ours.


def _walled(cls: type[Strip], style: Style, text: str, color_system: ColorSystem) -> str:  # noqa: ARG001 - a class method
    if style.link:
        style = style.update_link(None)
    return _render_style(style, filtered(text), color_system)


# -- no painted line holds itself -----------------------------------------------------------------------------------
#
# Textual keeps in a line what was cut from it, also where that is all of it: only the collector of cycles frees such a
# line, and it is called seldom. In a long night that is most of what the program grows by.


def _cropped(strip: Strip, start: int, end: int, style: Style | None) -> Strip:
    is_whole = start <= 0 and end == strip.cell_length
    return strip if is_whole else _crop_extend(strip, start, end, style)


def _divided(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    cuts = list(cuts)
    is_whole = bool(cuts) and cuts[0] == strip.cell_length and all(cut > cuts[0] for cut in cuts[1:])
    return [strip] if is_whole else _divide(strip, cuts)


# -- escape and a key that arrive together are two keys -------------------------------------------------------------
#
# Terminals without a keyboard protocol send alt+c as the bytes of esc and c. Over a slow link, esc and c pressed one
# after the other arrive in one piece and look the same. Nothing here is bound to alt but what `KEPT` names, so anything
# else is what was typed: first esc, then the key. Textual alone drops the esc and types the letter into the field.


def _keys(parser: XTermParser, sequence: str, alt: bool = False) -> Iterable[Any]:
    if len(sequence) == 2 and sequence[0] == "\x1b":
        char, known = sequence[1], ANSI_SEQUENCES_KEYS.get(sequence)
        # Read as a character of some keyboard's option layer; or no sequence begins so: left alone, the parser would
        # collect all that follows, and type ^ for the esc.
        if isinstance(known, str) or (known is None and char.isprintable() and char not in _BEGINS):
            alt, sequence = True, char
    found = list(_ORIGINAL(parser, sequence, alt))
    if not alt or any(key.key in KEPT for key in found):
        return found
    if sequence in ("\r", "\n"):
        return [events.Key("alt+enter", None)]
    return [events.Key("escape", "\x1b"), *_ORIGINAL(parser, sequence, False)]


# -- text keys that wait are put in together ------------------------------------------------------------------------


def _burst(field: Widget, event: events.Key) -> str:
    """Return the text of a key and of all text keys that wait right behind it, which are taken out of the queue."""
    waiting: deque[object] = field._message_queue.values
    typed = [event.character or ""] if event.is_printable else []
    while typed:
        # Textual has taken the next message out of the queue already, to see whether it replaces this one.
        looked_at = field._pending_message
        key = looked_at if looked_at is not None else waiting[0] if waiting else None
        if not isinstance(key, events.Key) or not key.is_printable:
            break
        typed.append(key.character or "")
        if looked_at is not None:
            field._pending_message = None
        else:
            waiting.popleft()
    return "".join(typed)


# -- every timer rings, however late --------------------------------------------------------------------------------
#
# Textual's timers skip beats that are over already, also the only one of a timer that rings once: on a busy machine it
# may be over before it is waited for. With the timer of a resize (8 ms) no screen would ever hear of a size again.


def _timer_for_sure(pump: MessagePump, *args: Any, **more: Any) -> Timer:
    timer = _set_timer(pump, *args, **more)
    timer._skip = False  # it begins to count in the loop's next turn
    return timer


# -- a layout is followed by no other one ---------------------------------------------------------------------------
#
# After each layout Textual tells every widget how large its content is now. To be told that asks for a layout, in which
# all is where it was: what a widget was given by a layout is no news for the next.


def _told_its_size(
    widget: Widget,
    size: Size,
    virtual_size: Size,
    container_size: Size,
    layout: bool = True,  # noqa: ARG001 - Textual's
) -> bool:
    return _size_updated(widget, size, virtual_size, container_size, layout=False)


# The terminal tells its size at the start, when all has been laid out for it, and some tell the same one again.


def _noted_reflow(compositor: Compositor, parent: Widget, size: Size) -> Any:
    _LAID_OUT[compositor] = (size, _asked_for(parent))
    return _reflow(compositor, parent, size)


def _resized(screen: Screen[Any], size: Size) -> None:
    compositor = screen._compositor
    if _LAID_OUT.get(compositor) != (size, _asked_for(screen)) or not screen.is_attached:
        _screen_resized(screen, size)
    elif screen.stack_updates and screen.is_current:
        compositor.update_widgets(screen._dirty_widgets)
        screen._compositor_refresh()


def _asked_for(node: Widget) -> list[tuple[int, int, int]]:
    """Return how often each widget has asked for a layout; what is equal later needs no other one."""
    found = [(id(node), node._layout_updates, node._nodes._updates)]
    for child in node._nodes:
        found += _asked_for(child)
    return found


# -- a key is painted before what streams in --------------------------------------------------------------------------
#
# Textual paints 8 to 17 ms after the paint before, whatever there is to paint.


async def _paint_at_once(screen: Screen[Any], event: events.Idle) -> None:
    turn = TURNS.get(screen.app)
    if turn is not None and turn.due and _needs_paint(screen):
        event.prevent_default()
        _on_beat(screen)
    else:
        await _on_idle(screen, event)


def _paint_at_beat(screen: Screen[Any]) -> None:
    turn = TURNS.get(screen.app)
    if turn is not None and turn.waiting:
        return  # till the next beat: it goes on until there was a paint
    if turn is None or screen._layout_required or screen in _PUT_OFF or _knows_dirty(screen):
        _PUT_OFF.discard(screen)
        _on_beat(screen)
    else:
        _PUT_OFF.add(screen)


def _render_for_someone(screen: Screen[Any]) -> None:
    """Leave alone what nobody would see: in a batch Textual renders the screen and throws that away."""
    if screen.app._batch_count and screen is screen.app.screen:
        screen._dirty_widgets.add(screen)  # for after the batch, which ends with a look at what there is to do
    else:
        _render(screen)


def _needs_paint(screen: Screen[Any]) -> bool:
    """Whether there is something to paint, and nothing but that."""
    if screen._layout_required or screen._scroll_required or not (screen._repaint_required or screen._dirty_widgets):
        return False
    return _knows_dirty(screen) and not any(widget._layout_required for widget in screen._compositor.visible_widgets)


def _knows_dirty(screen: Screen[Any]) -> bool:
    """Whether all that is to be painted has its place. What has just come asks for a layout a turn later.

    Painted before it, that would have Textual look at once where everything stands now: the layout would then find
    nothing changed, and tell no widget of its new size.
    """
    return screen._dirty_widgets.issubset(screen._compositor.visible_widgets)


_PUT_OFF: WeakSet[Screen[Any]] = WeakSet()
"""Screens whose paint waits for a layout; for one beat, as what is hidden may be dirty without one."""
_LAID_OUT: WeakKeyDictionary[Compositor, object] = WeakKeyDictionary()
"""The size that was laid out last, and what had been asked for by then."""


# -- notices ------------------------------------------------------------------------------------------------------


def _shown_in_place(rack: ToastRack, notifications: Notifications) -> None:
    """Put them in the top row: Textual's place is over the input."""
    if not rack.is_attached:
        return  # its screen was left in the meantime
    hide_below(rack.app)
    if rack.screen is not rack.app.screen:
        return  # covered in the meantime: they stand on the screen above
    if notifications:
        put_in_place(rack.app, rack.screen)
    _show_toasts(rack, notifications)


# -- the screen behind a dialog ---------------------------------------------------------------------------------------


def _tinted(_cls: type[BackgroundScreen], segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
    """Tint a screen: each style once, not each of its segments; that was a third of a dialog's first picture."""
    if len(_TINTS) > _MOST_TINTS:
        _TINTS.clear()
    for segment in segments:
        key = segment.style, color
        style = _TINTS.get(key)
        if style is None:
            (made,) = _tint([segment._replace(control=None)], color)
            style = _TINTS[key] = made.style or Style.null()
        yield segment if segment.control else Segment(segment.text, style)


_MOST_TINTS = 2000
_TINTS: dict[tuple[Style | None, Color], Style] = {}
