"""A run's request as the `studio-tui` line, or the Python of the SDK, that would send the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from studio_tui.core.runs.request_body import OP_ID
from studio_tui.domain.run_request import checkpoint_in
from studio_tui.domain.stream_mode import DEFAULT_MODES
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, as_strings, is_object
from studio_tui.text.sanitize import clean_copy

_FLAGS = {"multitask_strategy": "--multitask", "durability": "--durability", "webhook": "--webhook"}
LARGEST_WORD = 64 * 1024
"""Characters of one word of a command line; systems refuse words of twice that. A larger input is read from a file."""
INPUT_FILE = "input.json"
_SAID = frozenset(
    ("assistant_id", "input", "command", "stream_mode", "interrupt_before", "interrupt_after", "config", "context",
     "metadata", "checkpoint", "checkpoint_id", "checkpoint_during", "after_seconds", "on_disconnect", *_FLAGS)
)  # fmt: skip
"""Fields of a body that a line has words for, or that follow from its words."""
_ALWAYS: Mapping[str, Json] = {
    "stream_subgraphs": True, "stream_resumable": True, "on_completion": "delete",
    "if_not_exists": "create",
}  # fmt: skip
"""What every line sends; only another value is worth a word."""
_SERVERS = frozenset(
    ("run_id", "thread_id", "graph_id", "assistant_id", "user_id", "created_by", "run_attempt", "checkpoint_map")
)
_INTERRUPT = re.compile(r"[0-9a-f]{32}")


def sent_body(request: Mapping[str, Json], assistant_id: str = "") -> JsonObject:
    """Return the body of a run as somebody would send it again: without our mark, and without what servers put in.

    `request` is a body as it was sent, or the `kwargs` of a run as a server lists them; only those lack the assistant,
    which is `assistant_id` then.
    """
    body: dict[str, Json] = {name: value for name, value in request.items() if value is not None or name == "input"}
    metadata = {name: value for name, value in as_object(body.get("metadata")).items() if name != OP_ID}
    if not body.get("assistant_id"):
        config = dict(as_object(body.pop("config", None)))
        filled = as_object(config.pop("configurable", None))
        own = {name: value for name, value in filled.items() if not _is_servers(name)}
        noted = as_object(config.pop("metadata", None))
        metadata = {**{name: value for name, value in noted.items() if not _is_servers(name)}, **metadata}
        metadata.pop(OP_ID, None)
        body["assistant_id"] = assistant_id or as_str(filled.get("assistant_id")) or as_str(filled.get("graph_id"))
        body["stream_subgraphs"] = body.pop("subgraphs", True)
        body.pop("resumable", None)
        if body.pop("temporary", False):
            body["on_completion"] = "delete"
        if body.get("durability"):
            body.pop("checkpoint_during", None)
        if isinstance(later := filled.get("__after_seconds__"), int) and later > 0:
            body["after_seconds"] = later
        if place := as_str(own.pop("checkpoint_id", None)):
            body["checkpoint"] = {"checkpoint_id": place, "checkpoint_ns": as_str(own.pop("checkpoint_ns", None))}
        if own and own != body.get("context"):
            config["configurable"] = own
        body["config"] = config
    body["metadata"] = metadata
    return body


def run_words(request: Mapping[str, Json], thread_id: str) -> list[str]:
    """Return the words after `studio-tui` that send this body, `run …` or `resume …`; the server's are not in it.

    What has no words is in `left_out`.
    """
    command = as_object(request.get("command"))
    words = _resume_words(command, thread_id) if command else _start_words(request, thread_id)
    modes = request.get("stream_mode")
    if modes != list(DEFAULT_MODES):
        words += _each("--stream-mode", modes)
    words += _each("--interrupt-before", request.get("interrupt_before"))
    words += _each("--interrupt-after", request.get("interrupt_after"))
    config = dict(as_object(request.get("config")))
    limit = config.get("recursion_limit")
    if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0:
        words += ["--recursion-limit", str(config.pop("recursion_limit"))]
    for flag, value in (("--config", config), ("--context", request.get("context")), ("--metadata", _noted(request))):
        words += _each(flag, _dump(value)) if value else []
    words += [part for key, flag in _FLAGS.items() if request.get(key) for part in (flag, as_str(request[key]))]
    words += ["--on-disconnect", "cancel"] if request.get("on_disconnect") == "cancel" else []
    if isinstance(during := request.get("checkpoint_during"), bool) and not request.get("durability"):
        words += ["--durability", "async" if during else "exit"]
    if isinstance(later := request.get("after_seconds"), int):
        words += ["--after-seconds", str(later)]
    return words


def left_out(request: Mapping[str, Json]) -> list[str]:
    """Return what of a body its line cannot say, as `name value`; empty when the line sends the same."""
    found = [
        f"{name} {_dump(value)}"
        for name, value in request.items()
        if value not in (None, [], {}) and name not in _SAID and value != _ALWAYS.get(name, None)
    ]
    command = as_object(request.get("command"))
    for node in as_list(command.get("goto")) or [command.get("goto")]:
        found += [f"goto {_dump(node)}"] if node is not None and not isinstance(node, str) else []
    if command.get("update") is not None and not is_object(command["update"]):
        found.append(f"update {_dump(command['update'])}")
    place = as_object(request.get("checkpoint"))
    if place and (command or place.get("checkpoint_ns") or not place.get("checkpoint_id")):
        found.append(f"checkpoint {_dump(dict(place))}")
    return found


def _start_words(request: Mapping[str, Json], thread_id: str) -> list[str]:
    stateless = bool(request.get("on_completion"))
    words = ["run", as_str(request.get("assistant_id"))]
    if has_large_input(request):
        words += ["--input", f"@{INPUT_FILE}"]
    elif request.get("input") is not None or stateless or not thread_id:
        words += _each("--input", _dump(request.get("input")))
    words += ["--stateless"] if stateless else ["--thread", thread_id] if thread_id else []
    checkpoint = checkpoint_in(request)
    return words + (["--checkpoint", checkpoint] if checkpoint is not None else [])


def _resume_words(command: JsonObject, thread_id: str) -> list[str]:
    words = ["resume", thread_id]
    answer = command.get("resume")
    if is_object(answer) and answer and all(_INTERRUPT.fullmatch(key) for key in answer):
        words += [part for key, value in answer.items() for part in ("--answer", f"{key}={_dump(value)}")]
    elif "resume" in command:
        text = _dump(answer)
        words.append(f" {text}" if text.startswith("-") else text)  # a number, not a flag
    if is_object(command.get("update")):
        words += ["--update", _dump(command["update"])]
    return words + _each("--goto", command.get("goto"))


def _each(flag: str, value: Json) -> list[str]:
    """A flag for every text; one that begins with a dash would read as a flag itself."""
    texts = [value] if isinstance(value, str) else as_strings(value)
    return [part for text in texts for part in ([f"{flag}={text}"] if text.startswith("-") else [flag, text])]


def _noted(request: Mapping[str, Json]) -> dict[str, Json]:
    """The run's metadata without our own mark, which belongs to one run alone."""
    return {name: value for name, value in as_object(request.get("metadata")).items() if name != OP_ID}


def _is_servers(name: str) -> bool:
    return name.startswith(("__", "langgraph_")) or name in _SERVERS


def sdk_text(url: str, thread_id: str | None, request: Mapping[str, Json]) -> str:
    """Return a Python program that streams the same run with `langgraph_sdk`; a key comes from the environment."""
    rest = {name: value for name, value in request.items() if name != "assistant_id" and value is not None}
    lines = [
        "from langgraph_sdk import get_sync_client",
        "",
        f"client = get_sync_client(url={url!r})",
        "for part in client.runs.stream(",
        f"    {thread_id!r},",
        f"    {as_str(request.get('assistant_id'))!r},",
    ]
    names = {"input", "command", "stream_mode", "stream_subgraphs", "stream_resumable", "metadata", "config", "context",
             "checkpoint", "checkpoint_id", "interrupt_before", "interrupt_after", "on_disconnect", "webhook",
             "multitask_strategy", "if_not_exists", "after_seconds", "durability", "feedback_keys",
             "on_completion", "checkpoint_during"}  # fmt: skip
    read = {"input": f'json.load(open("{INPUT_FILE}", encoding="utf-8"))'} if has_large_input(request) else {}
    lines += [f"    {name}={read.get(name) or repr(value)}," for name, value in rest.items() if name in names]
    if read:
        lines.insert(0, "import json\n")
    lines += ["):", "    print(part.event, part.data)"]
    return "\n".join(lines) + "\n"


def has_large_input(request: Mapping[str, Json]) -> bool:
    """Tell whether the input, such as one with files in it, is too large for a command line: it is in `INPUT_FILE`."""
    value = request.get("input")
    return value is not None and (_characters(value, LARGEST_WORD) > LARGEST_WORD or len(_dump(value)) > LARGEST_WORD)


def _characters(value: Json, enough: int) -> int:
    """Count the characters of the texts in a value, until there are enough: its JSON has more."""
    found, todo = 0, [value]
    while todo and found <= enough:
        item = todo.pop()
        if isinstance(item, str):
            found += len(item)
        elif is_object(item):
            found += sum(map(len, item))
            todo += item.values()
        elif isinstance(item, list):
            found += 2 * len(item)
            todo += item
    return found


def _dump(value: Json) -> str:
    """JSON in which hidden characters are escapes, so that what is pasted is what was meant."""
    return clean_copy(json.dumps([value], ensure_ascii=False, default=str))[1:-1]
