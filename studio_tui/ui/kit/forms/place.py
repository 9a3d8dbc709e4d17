"""Where the cursor of a form is, to bring it back there."""

from __future__ import annotations

from typing import TypeAlias

from studio_tui.ui.kit.forms.form import FieldRow, SchemaForm
from studio_tui.ui.kit.text_inputs import TextField

Place: TypeAlias = tuple[str, tuple[int, int]]
"""The key of a field, none where that is a whole text; the row and the cell in it."""


def place_in(form: SchemaForm) -> Place:
    """Return where the cursor is; nowhere where no field has the focus."""
    for row in form.query(FieldRow):
        if row.editor is not None and row.editor.has_focus:
            return row.field.key, row.editor.cursor_location if isinstance(row.editor, TextField) else (0, 0)
    return "", (0, 0)


def go_back_to(form: SchemaForm, place: Place) -> None:
    """Put the cursor there; into the first field where that one is not there any more."""
    form.focus_field(place[0])
    focused = form.screen.focused
    if isinstance(focused, TextField) and place_in(form)[0] == place[0]:
        focused.move_cursor(place[1])
