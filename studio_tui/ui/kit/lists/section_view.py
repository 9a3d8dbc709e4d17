"""A page in sections: folds them and the values in them, searches also what is folded, copies values as JSON."""

from __future__ import annotations

from studio_tui.jsonkit.value import Json, Path
from studio_tui.present.kit.document import json_or_text
from studio_tui.present.kit.sections import Section, SectionRows
from studio_tui.text.fmt import plural
from studio_tui.ui.contracts.intents import DetailWanted
from studio_tui.ui.kit.lists.folding_view import FoldingView


class SectionView(FoldingView):
    """Its rows are those of `page`."""

    def __init__(self, *, id: str | None = None) -> None:
        self.page = SectionRows()
        super().__init__(self.page, id=id)
        self._unfolds = True
        """The user has folded and opened nothing: what comes is opened too, where it has room."""

    def on_mount(self) -> None:
        self.page.take_signs(self.glyphs)

    def show(self, sections: list[Section]) -> None:
        """Show other sections; what is folded and open stays so, and the cursor where it is."""
        with self.keeping_place():
            self.page.show(sections)
            self._unfold_what_fits()

    def resized(self) -> None:
        super().resized()
        if self._unfolds:
            with self.keeping_place():
                self._unfold_what_fits()

    def _unfold_what_fits(self) -> None:
        if self._unfolds and self.port.height > 1 and len(self.page):
            self.page.unfold(self.port.height)

    def summary(self) -> str:
        return plural(len(self.page), *self.NOUN)

    def follow(self, name: str) -> None:
        """Go to what a line leads to, by its name (raw text)."""

    def open_row(self, row: int) -> None:
        """Fold or open; go to what a line leads to; show any other value in full."""
        section, (kind, number, _) = self.page.place(row)
        entry = section.entries[number] if kind == "words" else None
        if entry is not None and entry.leads_to:
            self.follow(entry.leads_to)
        elif not self._toggled(row):
            value, name = self.page.copied(row)
            self.post_message(DetailWanted(name, value))

    def toggle_row(self, row: int) -> None:
        self._toggled(row)

    def _toggled(self, row: int) -> bool:
        if not self.page.can_toggle(row):
            return False
        self._unfolds = False
        with self.keeping_place() as change:
            change.start = row
            self.page.toggle(row)
        return True

    def fold_row(self, row: int) -> None:
        """Collapse, or go to what the row belongs to."""
        if self.page.is_open(row):
            self._toggled(row)
        else:
            self.move_to_row(self.page.parent(row))

    def unfold_row(self, row: int) -> None:
        """Expand, or go to the first row of what is expanded."""
        if self.page.is_open(row):
            self.action_move(1)
        else:
            self._toggled(row)

    def yank(self) -> tuple[str, str] | None:
        """Return the value under the cursor as JSON (a text as itself), and what it is called."""
        got = self.value_here()
        return None if got is None else (json_or_text(got[0]), got[1])

    def value_here(self) -> tuple[Json, str] | None:
        return None if self.row is None else self.page.copied(self.row)

    # -- search -------------------------------------------------------------------------------------------------

    def document(self) -> object:
        return self.page.document

    def path_of_row(self, row: int) -> Path:
        return self.page.path_in_document(row)

    def open_around(self, found: Path) -> int | None:
        return self.page.reveal(found)
