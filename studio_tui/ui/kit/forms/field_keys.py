"""What the bottom row says of the field in use: how its value is chosen, how to come to the next one."""

from __future__ import annotations

from textual.widget import Widget

from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.forms.choice_field import ChoiceField
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.key_line import KeyHint, read_hints

_CHOOSE, _NEXT = "{choice-previous} {choice-next} Choose", "{field-next} Next field"


def field_hints(focused: Widget | None, *, page: bool = False) -> list[KeyHint]:
    """Return the entries for the field that has the focus; `page`: there is more to go to than a form's fields."""
    form = next((node for node in focused.ancestors if isinstance(node, SchemaForm)), None) if focused else None
    if focused is None or not (page or form is not None):
        return []
    parts = []
    if isinstance(focused, ChoiceField):
        parts.append(_CHOOSE)
    if page or (form is not None and form.several):
        parts.append(_NEXT)
    return read_hints(services_of(focused).commands, "  ".join(parts))
