"""Whether a question in words wants words: "Where should it be delivered?" is answered by neither yes nor no. Pure."""

from __future__ import annotations

import re

from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_str, is_object

_SAYING = ("question", "message", "prompt", "description", "text")
_CHOICES = ("options", "choices")
_LONGEST = 4000
"""Characters of a text that are looked at, its last ones: what is asked stands at the end."""
_ASKED = re.compile(r"[^.?!\n]*\?")
_OPEN = re.compile(
    r"\W*(?:(?:and|but|so|then|now|ok|okay|to|in|on|at|by|for|from|with)\W+)?"
    r"(?:where|what|who|whom|whose|which|when|how)\b(?!\s+(?:about|if)\b)|\W*why\b(?!\s+(?:not|don.?t)\b)",
    re.IGNORECASE,
)
_YES_NO = {"yes", "no", "true", "false", "approve", "reject", "accept"}


def saying_key(value: JsonObject) -> str | None:
    """Return the key under which a question that follows no contract says something in words."""
    return next((key for key in _SAYING if as_str(value.get(key)).strip()), None)


def wants_words(value: Json) -> bool:
    """Tell whether a question that follows no contract can surely not be answered with yes or no: all that it asks
    begins with where, what, who …, or it names what there is to choose from."""
    words = value
    if is_object(value):
        choices = [item for key in _CHOICES for item in as_list(value.get(key))]
        if choices:
            return not any(isinstance(item, bool) or str(item).casefold() in _YES_NO for item in choices)
        key = saying_key(value)
        words = value[key] if key is not None else ""
    asked = _ASKED.findall(words[-_LONGEST:]) if isinstance(words, str) else []
    return bool(asked) and all(_OPEN.match(sentence) for sentence in asked)
