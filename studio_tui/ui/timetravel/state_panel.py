"""Panel 4: the selected checkpoint as a tree, or as JSON text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import perf_counter
from typing import ClassVar, cast

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.message.content import ContentPart, held_value
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.show import path_text, pretty
from studio_tui.jsonkit.tree import JsonRow
from studio_tui.jsonkit.value import Json, Path
from studio_tui.present.kit.document import JsonRows, json_or_text
from studio_tui.present.kit.rows import LineRows
from studio_tui.present.timetravel.lacking import what_is_newer
from studio_tui.present.timetravel.state import VALUES, checkpoint_name, state_sections, streamed_values
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line
from studio_tui.ui.contracts.intents import ContentWanted, DetailWanted
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.lists.folding_view import PAUSE_SECONDS, SLICE_SECONDS, FoldingView
from studio_tui.ui.screens.first_steps import run_first


class StatePanel(FoldingView):
    """Values, next, tasks, interrupts and metadata of the selected checkpoint."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.STATE, Slice.RUN, Slice.THREADS})

    def __init__(self, *, id: str | None = None) -> None:
        self._tree = JsonRows()
        self._tree.set_open_paths({(VALUES,): 0})
        super().__init__(self._tree, id=id)
        self._has_size = False
        self._unfolds = True
        """All that came had room, and the user has folded and unfolded nothing: what comes is unfolded too."""
        self._app_state: AppState | None = None
        self._drawn: tuple[Checkpoint | None, LazyJson | None] | None = None
        self._newer = ""
        """That a run is ahead of the state that is shown."""
        self._raw: LineRows | None = None
        self._raw_source: Iterator[Line] = iter(())

    # -- following the app state --------------------------------------------------------------------------------

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - identity tells what changed
        self._app_state = app_state
        if (newer := what_is_newer(app_state)) != self._newer:
            self._newer = newer
            self._painter.write_border()
        live = streamed_values(app_state)
        state = None if app_state.shows_stateless else app_state.state
        if self._drawn is not None and self._drawn[0] is state and self._drawn[1] is live:
            self.repaint()
            return
        if live is not None and live.is_slow:
            self._parse_in_thread(live)
            return
        self._drawn = (state, live)
        self.show(state_sections(state, live.value() if live else None))

    def let_go(self, app_state: AppState) -> None:
        if app_state.state is None and self._drawn is not None and self._drawn[0] is not None:
            self.draw(app_state, self.slices)

    def show(self, sections: dict[str, Json]) -> None:
        """Show another value; what is expanded stays expanded."""
        self._unfolds = self._unfolds or self._tree.value is None
        with self.keeping_place():
            self._tree.set_value(sections or None)
            self._unfold_what_fits()
            if self._raw is not None:
                self._start_raw()

    def resized(self) -> None:
        """A panel that is made for a state that is there already knows only now how many rows have room."""
        super().resized()
        if not self._has_size:
            self._has_size = self._unfolds = True
            with self.keeping_place():
                self._unfold_what_fits()

    def _unfold_what_fits(self) -> None:
        """Expand the values of the top, as far as all rows have room: also those that a run adds step by step.

        Once something had no room nothing moves by itself: a value that grows is scrolled, one that is new is folded.
        """
        if not self._unfolds:
            return
        tree, place = self._tree, 0
        while place < len(tree) < self.port.height:
            row = tree.row(place)
            if row.path[:1] == (VALUES,) and len(row.path) == 2 and row.can_open and isinstance(row.value, dict | list):
                tree.expand(place)
                if len(tree) > self.port.height:
                    tree.collapse(place)
                    self._unfolds = False
            place += 1
        self._unfolds = self._unfolds and len(tree) < self.port.height

    def _parse_in_thread(self, payload: LazyJson) -> None:
        async def parse() -> None:
            await asyncio.to_thread(payload.value)
            if self._app_state is not None:
                self.draw(self._app_state, self.slices)

        beside(self, parse, "reading the state", group="parse", exclusive=True)

    def empty_text(self) -> str:
        if self._app_state is not None and self._app_state.state_problem:
            return self._app_state.state_problem
        return run_first(self, "No state yet: its values come here.")

    def summary(self) -> str:
        if self._raw is not None:
            return f"JSON · {plural(len(self._raw), 'line')}"
        state, live = self._drawn or (None, None)
        content = self.content_part
        offer = f":block opens the {clean(content.kind[:20])} · " if content is not None else ""
        if live is None:
            return offer + " · ".join(filter(None, (self._newer if state is not None else "", checkpoint_name(state))))
        run = self._app_state.run if self._app_state is not None else None
        kind = "a stateless run, nothing is kept" if run is not None and run.stateless else ""
        now = "streaming" if run is not None and run.phase.is_live else "as streamed"
        return offer + " · ".join(part for part in (now, kind) if part)

    # -- tree ---------------------------------------------------------------------------------------------------

    def open_row(self, row: int) -> None:
        """Expand a container or a text; show any other value in full."""
        entry = self._entry(row)
        if entry is None:
            return
        if entry.can_open or entry.kind == "more":
            self.toggle_row(row)
        else:
            self.post_message(DetailWanted(path_text(entry.path), _value_of(entry)))

    def toggle_row(self, row: int) -> None:
        entry = self._entry(row)
        if entry is None:
            return
        self._unfolds = False
        with self.keeping_place() as change:
            change.start = row
            if entry.is_open:
                self._tree.collapse(row)
            else:
                self._tree.expand(row)

    def fold_row(self, row: int) -> None:
        """Collapse, or go to what the row belongs to."""
        entry = self._entry(row)
        if entry is not None and entry.is_open:
            self.toggle_row(row)
        elif entry is not None and (parent := self._tree.parent_index(row)) is not None:
            self.move_to_row(parent)

    def unfold_row(self, row: int) -> None:
        """Expand, or go to the first entry of what is expanded."""
        entry = self._entry(row)
        if entry is not None and entry.is_open:
            self.action_move(1)
        elif entry is not None and (entry.can_open or entry.kind == "more"):
            self.toggle_row(row)

    def yank(self) -> tuple[str, str] | None:
        """Return the value under the cursor as JSON (a text as itself), and its path."""
        got = self.value_here()
        return super().yank() if got is None else (json_or_text(got[0]), got[1])

    def value_here(self) -> tuple[Json, str] | None:
        """Return the value under the cursor as it is, and its path; None in the JSON text."""
        entry = None if self.row is None else self._entry(self.row)
        return None if entry is None else (_value_of(entry), path_text(entry.path))

    @property
    def content_part(self) -> ContentPart | None:
        """What the row under the cursor holds, or belongs to, where that is a picture, a file or other encoded data."""
        entry = None if self.row is None else self._entry(self.row)
        if entry is None:
            return None
        value = _value_of(entry)
        parent = entry.parent.value if entry.parent is not None else None
        around = held_value(cast(Json, parent)) if isinstance(parent, dict) and isinstance(value, str) else None
        return around or held_value(value)

    def open_content(self) -> None:
        content = self.content_part
        entry = None if self.row is None else self._entry(self.row)
        if content is not None and entry is not None:
            self.post_message(ContentWanted(content, f"the state, {path_text(entry.path)}"))

    def selected_path(self) -> Path | None:
        """Return the place in the values that the cursor is on; None when it is elsewhere."""
        entry = None if self.row is None else self._entry(self.row)
        return tuple(entry.path[1:]) if entry is not None and entry.path[:1] == (VALUES,) else None

    def _entry(self, row: int) -> JsonRow | None:
        return None if self._raw is not None or row >= len(self._tree) else self._tree.row(row)

    # -- JSON text ----------------------------------------------------------------------------------------------

    def next_view(self) -> None:
        if self._raw is None:
            self._start_raw()
        else:
            self._raw = None
            self.rows = self._tree
        self.port.place(0)
        self.rows_changed(0)

    def _start_raw(self) -> None:
        self._raw_source = pretty(self._tree.value)
        self._raw = LineRows()
        self.rows = self._raw
        self._write_raw()

    def _write_raw(self) -> None:
        """Write JSON lines for a few milliseconds; go on after a pause if some are left."""
        if self._raw is None:
            return
        deadline = perf_counter() + SLICE_SECONDS
        for line in self._raw_source:
            self._raw.lines.append(line)
            if perf_counter() > deadline:
                self.set_timer(PAUSE_SECONDS, self._write_raw)
                break
        self.rows_changed()

    # -- search -------------------------------------------------------------------------------------------------

    def document(self) -> object:
        return self._tree.value

    def path_of_row(self, row: int) -> Path:
        return self._tree.row(row).path

    def open_around(self, found: Path) -> int | None:
        return self._tree.reveal(found)

    @property
    def has_folds(self) -> bool:
        return self._raw is None


def _value_of(entry: JsonRow) -> Json:
    """Return the value that a row shows or belongs to."""
    return cast("Json", entry.value if entry.kind == "value" or entry.parent is None else entry.parent.value)
