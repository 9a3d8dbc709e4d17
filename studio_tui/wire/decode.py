"""Answers of a server to model objects: total, tolerant of every server and version, raw text kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.ids import AssistantId, NodeId, RunId, ThreadId
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.domain.thread import WORD_KEYS, RunInfo, Thread, ThreadStatus, first_words
from studio_tui.domain.thread_query import at_path, cell_text
from studio_tui.jsonkit.value import Json, JsonObject, as_int, as_list, as_object, as_str, is_object, time_of
from studio_tui.wire.decode_state import error_words

T = TypeVar("T")


def records_of(items: Iterable[object], decode: Callable[[Json], T | None]) -> tuple[list[T], list[str]]:
    """Decode each record on its own; return those that could be, and what was wrong with the others (safe text)."""
    found: list[T] = []
    problems: list[str] = []
    for position, item in enumerate(items):
        try:
            made = decode(item) if is_object(item) else None
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError):
            made = None
        if made is not None:
            found.append(made)
        else:
            reason = getattr(item, "reason", "it is not what this list should hold")
            problems.append(f"Record {position + 1} could not be read: {reason}")
    return found, problems


def assistant_of(value: Json) -> Assistant | None:
    """Read an assistant or one of its versions; None when it has no id."""
    item = as_object(value)
    assistant_id = as_str(item.get("assistant_id"))
    if not assistant_id:
        return None
    graph_id = as_str(item.get("graph_id"))
    description = item.get("description")
    return Assistant(
        assistant_id=AssistantId(assistant_id),
        graph_id=graph_id,
        name=as_str(item.get("name")) or graph_id or assistant_id,
        description=description if isinstance(description, str) else None,
        version=as_int(item.get("version")) or 1,
        config=as_object(item.get("config")),
        context=as_object(item.get("context")),
        metadata=as_object(item.get("metadata")),
        created_at=time_of(item.get("created_at")),
        updated_at=time_of(item.get("updated_at")),
        raw=item,
    )


def schemas_of(value: Json) -> Schemas:
    """Read the schemas of a graph or subgraph; JavaScript subgraphs leave out `_schema` in the names."""
    item = as_object(value)

    def schema(name: str) -> Json:
        return item.get(f"{name}_schema", item.get(name))

    return Schemas(
        graph_id=as_str(item.get("graph_id")),
        input=schema("input"),
        output=schema("output"),
        state=schema("state"),
        config=schema("config"),
        context=schema("context"),
    )


def subgraphs_of(value: Json) -> dict[NodeId, Schemas]:
    """Read the schemas of subgraphs, by the path of the node that runs each."""
    return {NodeId(name.replace("|", ":")): schemas_of(item) for name, item in as_object(value).items() if name}


def thread_of(value: Json, columns: Mapping[str, str] | None = None) -> Thread | None:
    """Read a row of the thread list; None when it has no id. Its `values` are dropped: a cache, maybe megabytes.

    `columns` maps names in `extracted` to paths; what was not extracted by the server is looked for in the row.
    """
    item = as_object(value)
    thread_id = as_str(item.get("thread_id"))
    if not thread_id:
        return None
    metadata = as_object(item.get("metadata"))
    names = (metadata.get(key) for key in ("title", "name", "thread_name"))
    return Thread(
        thread_id=ThreadId(thread_id),
        status=_thread_status(item.get("status")),
        graph_id=as_str(metadata.get("graph_id")),
        assistant_id=as_str(metadata.get("assistant_id")),
        title=next((name for name in names if isinstance(name, str) and name.strip()), ""),
        created_at=time_of(item.get("created_at")),
        updated_at=time_of(item.get("updated_at")),
        interrupt_count=_interrupt_count(item.get("interrupts")),
        metadata=metadata,
        raw={key: part for key, part in item.items() if key not in ("values", "extracted")},
        cells=_cells(item, columns or {}),
        words=_words(item),
        words_known="w0" in as_object(item.get("extracted")) or item.get("values") is not None,
    )


WORD_PATHS = {
    "w0": "values.messages[0].content",
    "w1": "values.messages[0].type",
    "w2": "values.messages[0].role",
    "w3": "values.messages[1].content",
    "w4": "values.messages[1].type",
}
"""What a list asks for beside its columns, to name threads without a title."""
KEY_PATHS = {f"k{number}": f"values.{key}" for number, key in enumerate(WORD_KEYS)}
"""The same for graphs without messages, as far as there is room."""


def _words(item: JsonObject) -> str:
    found = as_object(item.get("extracted"))
    if "w0" not in found:
        return first_words(item.get("values"))
    first: JsonObject = {"content": found.get("w0"), "type": found.get("w1") or found.get("w2")}
    second: JsonObject = {"content": found.get("w3"), "type": found.get("w4")}
    asked = {key: found.get(name) for name, key in zip(KEY_PATHS, WORD_KEYS, strict=True)}
    return first_words({**asked, "messages": [first, second]})


def _cells(item: JsonObject, columns: Mapping[str, str]) -> dict[str, str]:
    found = as_object(item.get("extracted"))
    return {path: cell_text(found[name] if name in found else at_path(item, path)) for name, path in columns.items()}


def _thread_status(value: Json) -> ThreadStatus:
    try:
        return ThreadStatus(as_str(value))
    except ValueError:
        return ThreadStatus.UNKNOWN


def _interrupt_count(value: Json) -> int:
    """Distinct interrupts of a thread row: `{task: [interrupt]}`, or a list."""
    groups = [as_list(group) for group in value.values()] if is_object(value) else [as_list(value)]
    found = [json.dumps(as_object(item).get("id") or item, sort_keys=True) for group in groups for item in group]
    return len(set(found))


def run_info_of(value: Json) -> RunInfo | None:
    """Read a run as lists and `POST …/runs` return it; None when it has no id."""
    item = as_object(value)
    run_id = as_str(item.get("run_id"))
    if not run_id:
        return None
    kwargs = as_object(item.get("kwargs"))
    if not kwargs:  # Aegra puts them into the run itself
        kwargs = {key: item[key] for key in ("input", "config", "context") if item.get(key) is not None}
    return RunInfo(
        run_id=RunId(run_id),
        thread_id=ThreadId(as_str(item.get("thread_id"))),
        assistant_id=AssistantId(as_str(item.get("assistant_id"))),
        status=as_str(item.get("status"), "unknown"),
        created_at=time_of(item.get("created_at")),
        updated_at=time_of(item.get("updated_at")),
        metadata=as_object(item.get("metadata")),
        kwargs=kwargs,
        error=_run_error(item),
        raw=item,
    )


def _run_error(item: JsonObject) -> str:
    error = item.get("error_message", item.get("error"))
    if is_object(error):
        return error_words(error)
    return as_str(error)


def server_info_of(value: Json, base_url: str) -> ServerInfo:
    """Read `/info`; capabilities, latency and persistence are the probe's to find out."""
    item = as_object(value)
    python, javascript = as_str(item.get("langgraph_py_version")), as_str(item.get("langgraph_js_version"))
    return ServerInfo(
        base_url=base_url,
        kind=_kind(item, python, javascript),
        version=as_str(item.get("version")),
        library_version=python or javascript,
        raw=item,
    )


def _kind(item: JsonObject, python: str, javascript: str) -> ServerKind:
    if javascript or item.get("context") == "js":
        return ServerKind.JAVASCRIPT
    if as_str(item.get("name")).lower() == "aegra":
        return ServerKind.AEGRA
    if python:
        return ServerKind.PYTHON
    return ServerKind.OLD_PYTHON if is_object(item.get("flags")) else ServerKind.UNKNOWN


def has_flag(info: JsonObject, name: str) -> bool | None:
    """Return a flag of `/info`, None when it is not there."""
    flag = as_object(info.get("flags")).get(name)
    return flag if isinstance(flag, bool) else None


def outcome_error(value: Json) -> tuple[str, str] | None:
    """Return class and message of `{"__error__": …}`, the failed result that comes with status 200; else None."""
    error = as_object(value).get("__error__")
    if not is_object(error):
        return None
    kind, message = as_str(error.get("error"), "Error"), as_str(error.get("message"))
    try:
        inner = json.loads(message) if message.startswith("{") else None  # JavaScript encodes it twice
    except (ValueError, RecursionError):
        inner = None
    if is_object(inner) and isinstance(inner.get("message"), str):
        return as_str(inner.get("error"), kind), as_str(inner.get("message"))
    return kind, message
