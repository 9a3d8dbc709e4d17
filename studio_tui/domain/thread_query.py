"""What a list of threads is asked for: filter, order and columns, as people type them. Knows no server."""

from __future__ import annotations

import json
import re

from msgspec import Struct, field

from studio_tui.domain.ids import is_uuid
from studio_tui.jsonkit.value import Json, JsonObject, is_list, is_object
from studio_tui.text.sanitize import clean

STATUSES = ("idle", "busy", "interrupted", "error")
SPOKEN = {"idle": "idle", "busy": "running", "interrupted": "waits", "error": "error"}
"""What lists call each status; filters are written so, and the server's own words are understood too."""
SORTS = ("updated_at", "created_at", "state_updated_at", "status", "thread_id")
MOST_COLUMNS = 10
"""Paths that servers pick out of threads for one list, at most."""
FIRST_PAGE = 50
"""Threads that a list begins with."""
CELL = 300
"""Characters of one cell that are kept."""

_ROOTS = ("values", "metadata", "interrupts", "config")
_TERM = re.compile(r'\s*(?:([^\s="]+)=("(?:[^"\\]|\\.)*"|\S*)|(\S+))')
_PATH = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+|\[-?\d+\])*")
_STEP = re.compile(r"\[(-?\d+)\]|[^.\[\]]+")


class BadQuery(ValueError):
    """What was typed cannot be used: what, why, and how to write it (safe texts)."""

    def __init__(self, title: str, detail: str = "", hint: str = "") -> None:
        super().__init__(" · ".join(part for part in (title, detail, hint) if part))


class ThreadQuery(Struct, frozen=True):
    """One list of threads."""

    status: str = ""
    metadata: JsonObject = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    sort_by: str = "updated_at"
    descending: bool = True
    columns: tuple[str, ...] = ()
    """Paths such as `values.messages[-1].content`."""

    @property
    def is_filtered(self) -> bool:
        """Whether threads are left out."""
        return bool(self.status or self.metadata or self.ids)


def parse_filter(text: str) -> tuple[str, JsonObject, tuple[str, ...]]:
    """Return status, metadata and ids of a filter: `status=error user=ann <id>`, or a JSON object of metadata.

    Raises BadQuery.
    """
    text = text.strip()
    if text.startswith("{"):
        return "", _metadata(text), ()
    status, ids, metadata = "", [], dict[str, Json]()
    for match in _TERM.finditer(text):
        key, value, word = match.groups()
        if word is not None:
            ids.append(_id(word))
        elif key == "status":
            status = _status(value)
        elif key in ("id", "thread_id"):
            ids.append(_id(value))
        else:
            metadata[key] = _scalar(value)
    return status, metadata, tuple(ids)


def parse_pairs(text: str) -> JsonObject:
    """Return `key=value` pairs, or a JSON object, as an object. Raises BadQuery."""
    text = text.strip()
    if text.startswith("{"):
        return _metadata(text)
    found = dict[str, Json]()
    for match in _TERM.finditer(text):
        key, value, word = match.groups()
        if word is not None:
            raise BadQuery(f"{clean(word, 60)} is no filter", "", "Write key=value, or a JSON object.")
        found[key] = _scalar(value)
    return found


def filter_text(query: ThreadQuery) -> str:
    """Return the filter of `query` as it would be typed."""
    parts = [f"status={SPOKEN.get(query.status, query.status)}"] if query.status else []
    nested = any(is_object(value) or is_list(value) or " " in key for key, value in query.metadata.items())
    if nested and not parts and not query.ids:
        return json.dumps(query.metadata, ensure_ascii=False)
    parts += [f"{key}={_spelled(value)}" for key, value in query.metadata.items()]
    return " ".join([*parts, *query.ids])


def parse_columns(text: str) -> tuple[str, ...]:
    """Return the paths of the columns that `text` names, separated by blanks or commas. Raises BadQuery."""
    found: list[str] = []
    for word in text.replace(",", " ").split():
        if not _PATH.fullmatch(word):
            hint = "Write a state key or a path: topic, messages[-1].content, metadata.user."
            raise BadQuery(f"{clean(word, 60)} is no path of a column", "", hint)
        path = word if word.split(".", 1)[0].split("[", 1)[0] in _ROOTS else f"values.{word}"
        if path not in found:
            found.append(path)
    if len(found) > MOST_COLUMNS:
        raise BadQuery(f"{len(found)} columns are too many", "", f"Servers give at most {MOST_COLUMNS}.")
    return tuple(found)


def column_name(path: str) -> str:
    """Return what a column is called: its path without `values.`."""
    return path.removeprefix("values.")


def at_path(value: Json, path: str) -> Json:
    """Return what stands at `path` of a thread as servers send it, None where there is nothing."""
    for match in _STEP.finditer(path):
        number = match.group(1)
        if number is not None:
            inside = is_list(value) and -len(value) <= int(number) < len(value)
            value = value[int(number)] if is_list(value) and inside else None
        else:
            value = value.get(match.group()) if is_object(value) else None
    return value


def cell_text(value: Json) -> str:
    """Return the text of a cell, of bounded length."""
    if value is None:
        return ""
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))[:CELL]


def parse_tag(text: str) -> tuple[str, Json]:
    """Return key and value of `key=value`, the value as JSON where it is some. Raises BadQuery."""
    key, equals, value = text.strip().partition("=")
    if not equals or not key.strip():
        raise BadQuery("This is no tag", "", "Write key=value, such as team=support.")
    return key.strip(), _scalar(value.strip())


def _status(value: str) -> str:
    found = next((status for status, word in SPOKEN.items() if value in (status, word)), None)
    if found is None:
        known = ", ".join(SPOKEN.values())
        raise BadQuery(f"No status is called {clean(value, 40) or '(empty)'}", "", f"Known: {known}.")
    return found


def _id(word: str) -> str:
    if not is_uuid(word):
        hint = "Write key=value, status=…, or a whole thread id. The search looks at the rows that are loaded."
        raise BadQuery(f"{clean(word, 60)} is no filter", "", hint)
    return word


def _metadata(text: str) -> JsonObject:
    try:
        value = json.loads(text)
    except RecursionError:
        raise BadQuery("The filter is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise BadQuery("The filter is no JSON", f"column {error.colno}: {error.msg}", 'Such as {"user": "ann"}.') from (
            None
        )
    if not is_object(value):
        raise BadQuery("The filter must be a JSON object", "", 'Such as {"user": "ann"}.')
    return value


def _scalar(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    # An id such as 79175e10 reads as a number too: only what is spelled as a number is one.
    return text if isinstance(value, float) and json.dumps(value) != text else value


def _spelled(value: Json) -> str:
    """Return `value` so that it reads back as what it is."""
    if isinstance(value, str) and value and not re.search(r'[\s"]', value) and _scalar(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
