"""What the bottom row says of the field in use: how its value is chosen, how to come to the next one; and going on."""

from __future__ import annotations

from textual.widget import Widget

from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.forms.choice_field import ChoiceField
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.key_line import KeyHint, read_hints

_CHOOSE, _NEXT = "{choice-previous} {choice-next} Choose", "{field-next} Next field"


def _form_of(focused: Widget | None) -> SchemaForm | None:
    return next((node for node in focused.ancestors if isinstance(node, SchemaForm)), None) if focused else None


def go_round(focused: Widget | None, direction: int) -> bool:
    """Go to the next field of the form (1) or the one before (-1), from the last to the first and back.

    False where there are no other fields: the focus stands elsewhere, or in the only one.
    """
    form = _form_of(focused)
    editors = form.editors if form is not None else []
    at = next((index for index, editor in enumerate(editors) if editor is focused), -1)
    if focused is None or at < 0 or len(editors) < 2:
        return False
    focused.screen.set_focus(editors[(at + direction) % len(editors)])
    return True


def field_hints(focused: Widget | None, *, page: bool = False) -> list[KeyHint]:
    """Return the entries for the field that has the focus; `page`: there is more to go to than a form's fields."""
    form = _form_of(focused)
    if focused is None or not (page or form is not None):
        return []
    parts = []
    if isinstance(focused, ChoiceField):
        parts.append(_CHOOSE)
    if page or (form is not None and len(form.editors) > 1):
        parts.append(_NEXT)
    return read_hints(services_of(focused).commands, "  ".join(parts))
