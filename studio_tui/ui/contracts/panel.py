"""What a panel can do besides being a widget. Commands and the Studio screen ask for these, never for a class of a
feature; what every list can do they ask of a `LineView`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.widget import Widget

if TYPE_CHECKING:
    from studio_tui.core.state.app_state import AppState, Slice
    from studio_tui.domain.message.content import ContentPart
    from studio_tui.domain.run import RunState
    from studio_tui.jsonkit.value import Path


@runtime_checkable
class Drawable(Protocol):
    """Shows slices of the state; the frame clock draws it."""

    @property
    def slices(self) -> frozenset[Slice]: ...

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Show what changed."""


@runtime_checkable
class Holding(Protocol):
    """A panel that holds what it has drawn, which may be large, while it is not shown."""

    def let_go(self, app_state: AppState) -> None:
        """Hold nothing of a state that is not open any more: it is hidden, and drawn when it is shown."""


@runtime_checkable
class Appearing(Protocol):
    """Is drawn although it is hidden: it decides itself when to be there."""

    @property
    def appears(self) -> bool: ...


@runtime_checkable
class Clocked(Protocol):
    """A screen with parts that the frame clock draws."""

    def clock_panels(self) -> Iterable[Widget]:
        """Return them; none before they are built."""


class KeepsFocus(Protocol):
    """Brings the focus of a screen back by itself."""

    too_small: bool
    """Nothing is shown, so no key does anything but quit."""
    untaken: int
    """Keys that came while it was, or just before."""

    @property
    def in_use(self) -> Widget | None:
        """What gets the focus where nothing has it; None while it is on its way."""

    def leave(self) -> None:
        """The user leaves the composer."""


@runtime_checkable
class Kept(Protocol):
    """A screen whose focus is kept."""

    @property
    def focus_keeper(self) -> KeepsFocus:
        """What keeps it."""


@runtime_checkable
class Saying(Protocol):
    """A screen that has something to say in a place that may be too small for it."""

    @property
    def said(self) -> str:
        """Return all of it (safe text), empty where nothing is said."""


@runtime_checkable
class Building(Protocol):
    """A screen whose focus may be on its way to a form that is still being built."""

    @property
    def focus_pending(self) -> bool:
        """Whether it is: keys for it wait."""


@runtime_checkable
class Barred(Protocol):
    """A screen with a key bar."""

    @property
    def area(self) -> str: ...

    @property
    def bar(self) -> tuple[str, ...]: ...


@runtime_checkable
class Prompting(Protocol):
    """A screen with a line for the prompt (`:`) and the search (`/`)."""

    def open_line(self, mode: str) -> None: ...


@runtime_checkable
class Searchable(Protocol):
    """Can be searched with `/`, `n` and `N`."""

    @property
    def filter_text(self) -> str:
        """The search, as typed; empty while there is none."""

    @property
    def no_match(self) -> bool:
        """Whether a search is active and found nothing."""

    def set_filter(self, text: str) -> None:
        """Search for `text`; empty ends the search."""

    def find(self, step: int) -> None:
        """Go to the next match (1), or to the one before (-1)."""


@runtime_checkable
class Selecting(Protocol):
    """The row under the cursor stands for something of LangGraph's."""

    def selected_row(self) -> tuple[str | None, RunState | None, str | None]:
        """Return thread id, run and checkpoint id of the row, as far as it names them."""


@runtime_checkable
class Placed(Protocol):
    """The cursor is on a place in the state's values."""

    def selected_path(self) -> Path | None: ...


@runtime_checkable
class Rawable(Protocol):
    """Has another view of the same: raw JSON, one stream mode, another list of messages."""

    def next_view(self) -> None: ...


@runtime_checkable
class Openable(Protocol):
    """The cursor may be on an image, a file or other data."""

    @property
    def content_part(self) -> ContentPart | None: ...

    def open_content(self) -> None: ...
