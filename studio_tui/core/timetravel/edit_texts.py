"""An edit as it is typed: JSON texts for parts of a state, and the changes they come to. Pure; any text is kept."""

from __future__ import annotations

from typing import Any, cast

from studio_tui.core.timetravel.edits import How, KeyChange
from studio_tui.core.timetravel.message_lists import canonical
from studio_tui.jsonkit.show import path_text
from studio_tui.jsonkit.typed import parse_json, print_json
from studio_tui.jsonkit.value import Json, JsonObject, Path, as_object, as_str, is_list, is_object

PLUS = "+"
"""`(key, "+")` is the place of what is to be appended to a list; `()` is the place of the whole state."""
NEW_MESSAGE = '{\n  "role": "human",\n  "content": ""\n}'


class EditTexts:
    """What was typed for each place of one checkpoint's values."""

    def __init__(self, values: Json) -> None:
        self.values = as_object(values)
        self.texts: dict[Path, str] = {}
        self.hows: dict[str, How] = {}

    def text(self, path: Path) -> str:
        """Return the text of a place: as typed, else as it stands in the state with what was typed for wider places."""
        if path in self.texts:
            return self.texts[path]
        if path[1:] == (PLUS,):
            return NEW_MESSAGE if holds_messages(self.values.get(str(path[0]))) else ""
        if not path:
            return print_json(dict(self.values))
        try:
            return print_json(at(self._wide(str(path[0])), path[1:]))
        except LookupError:
            return ""

    def put(self, path: Path, text: str) -> None:
        """Take what was typed; the state's own text is no edit."""
        self.texts.pop(path, None)
        if text != self.text(path):
            self.texts[path] = text

    def hows_for(self, path: Path) -> tuple[How, ...]:
        """Return how the change of a place can be handed to its key, the usual way first."""
        if not path:
            return ("replace",)
        if path[1:] == (PLUS,):
            return ("append",)
        if len(path) > 1:
            return ("update", "replace") if self._in_message(path) else ("replace",)
        return ("replace", "update")

    def how(self, path: Path) -> How:
        offered = self.hows_for(path)
        chosen = self.hows.get(str(path[0])) if path else None
        return chosen if chosen in offered else offered[0]

    def removal(self, path: Path) -> str:
        message = as_object(at(self.values, path))
        return print_json({"type": "remove", "id": as_str(message.get("id")), "content": ""})

    def changes(self) -> tuple[dict[str, KeyChange], str]:
        """Return the changes, and why the first unreadable text is none (then without it), or nothing."""
        parsed: dict[Path, Json] = {}
        problem = ""
        for path, text in self.texts.items():
            value, wrong = parse_json(text)
            if wrong is not None:
                problem = problem or f"{place_text(path)}: {wrong}"
            else:
                parsed[path] = value
        found: dict[str, KeyChange] = {}
        whole = parsed.pop((), {})
        if not is_object(whole):
            problem = problem or "The whole state must be an object."
        for key, value in as_object(whole).items():
            if key not in self.values or not _same(self.values[key], value):
                found[key] = KeyChange(value, "replace")
        for key in dict.fromkeys(str(path[0]) for path in parsed):
            try:
                change = self._change(key, {path[1:]: value for path, value in parsed.items() if path[0] == key})
            except LookupError:
                problem = problem or f"{key}: this place no longer exists in the edited value."
                continue
            if change is not None:
                found[key] = change
        return found, problem

    def to_json(self) -> JsonObject:
        rows: list[Json] = [{"path": list(path), "text": text} for path, text in self.texts.items()]
        return {"texts": rows, "hows": dict(self.hows)}

    def load(self, data: JsonObject) -> None:
        """Take back what `to_json` returned; what is unreadable is left out."""
        rows = data.get("texts")
        for row in rows if is_list(rows) else []:
            place = as_object(row).get("path")
            if is_list(place) and all(isinstance(part, str | int) for part in place):
                self.texts[cast("Path", tuple(place))] = as_str(as_object(row).get("text"))
        for key, how in as_object(data.get("hows")).items():
            if how in ("append", "replace", "update"):
                self.hows[key] = cast("How", how)

    def _change(self, key: str, parts: dict[Path, Json]) -> KeyChange | None:
        base = self.values.get(key)
        has_added = (PLUS,) in parts
        added = parts.pop((PLUS,), None)
        if has_added and not parts:
            return KeyChange(added, "append")
        value = parts.pop((), base)
        for path, item in parts.items():
            value = replaced(value, path, item)
        items = added if is_list(added) else [added]
        in_messages = (key,) not in self.texts and all(self._in_message((key, *path)) for path in parts)
        if parts and in_messages and self.how((key, *next(iter(parts)))) == "update":
            touched = dict.fromkeys(int(path[0]) for path in parts)
            new = [at(value, (index,)) for index in touched]
            return KeyChange([*new, *(items if has_added else [])], "update")
        if is_list(value):
            value = [item for item in value if as_object(item).get("type") != "remove"]
            value = [*value, *items] if has_added else value
        if not parts and not has_added:
            return None if _same(value, base) and key in self.values else KeyChange(value, self.how((key,)))
        return None if _same(value, base) else KeyChange(value, "replace")

    def _in_message(self, path: Path) -> bool:
        if len(path) < 2 or not isinstance(path[1], int):
            return False
        try:
            return _is_stored_message(at(self.values, path[:2]))
        except LookupError:
            return False

    def _wide(self, key: str) -> Json:
        if (key,) in self.texts:
            value, wrong = parse_json(self.texts[(key,)])
            if wrong is None:
                return value
        return self.values[key]


def place_text(path: Path) -> str:
    """Return a place as people read it (safe text)."""
    if path[1:] == (PLUS,):
        return f"append to {path_text(path[:1])}"
    return path_text(path) if path else "the whole state"


def _is_stored_message(value: Json) -> bool:
    item = as_object(value)
    return bool(as_str(item.get("id"))) and "content" in item and isinstance(item.get("type", item.get("role")), str)


def holds_messages(value: Json) -> bool:
    return is_list(value) and bool(value) and all(_is_stored_message(item) for item in value)


def at(value: Any, path: Path) -> Json:
    """Return what stands at `path`. Raises LookupError."""
    for part in path:
        if (isinstance(value, list) and isinstance(part, int)) or (isinstance(value, dict) and isinstance(part, str)):
            value = value[part]  # type: ignore[index]
        else:
            raise LookupError(part)
    return cast("Json", value)


def replaced(value: Json, path: Path, new: Json) -> Json:
    """Return a copy of `value` with `new` at `path`. Raises LookupError."""
    if not path:
        return new
    inner = replaced(at(value, path[:1]), path[1:], new)
    if is_list(value):
        return [inner if index == path[0] else item for index, item in enumerate(value)]
    return {**as_object(value), str(path[0]): inner}


def _same(one: Json, other: Json) -> bool:
    """Tell whether two values are the same JSON: `1`, `1.0` and `true` are not."""
    return canonical(one) == canonical(other)
