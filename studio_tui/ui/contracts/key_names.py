"""How keys are spelled: Textual's names and what people read."""

from __future__ import annotations

_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "at": "@",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "comma": ",",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "underscore": "_",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
}
_TYPED = {shown: name for name, shown in _SHOWN.items()}


def shown_key(key: str, *, spelled: bool = False) -> str:
    """Return a key as the screen shows it, `^p`; `spelled`: as a config file has it, `ctrl+p`."""
    *modifiers, last = key.split("+")
    last = _SHOWN.get(last, last)
    if not spelled and modifiers == ["ctrl"]:
        return f"^{last}"
    return "+".join((*modifiers, last))


def typed_key(text: str) -> str:
    """Return Textual's name for a key as people write it in a config file: `?`, `f10`, `ctrl+t`, `^t`."""
    text = text.strip()
    text = f"ctrl+{text[1:]}" if len(text) > 1 and text[0] == "^" else text
    if text in _TYPED:
        return _TYPED[text]
    *modifiers, last = text.split("+") if text != "+" else [text]
    if len(last) == 1:
        last = _TYPED.get(last, last)
    return "+".join((*(name.lower() for name in modifiers), last))
