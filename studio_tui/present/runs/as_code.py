"""A run's request as the `studio-tui` line, or the Python of the SDK, that would send the same."""

from __future__ import annotations

import json
from collections.abc import Mapping

from studio_tui.jsonkit.value import Json, as_list, as_object, as_str

_FLAGS = {"multitask_strategy": "--multitask", "durability": "--durability", "webhook": "--webhook"}
LARGEST_WORD = 64 * 1024
"""Characters of one word of a command line; systems refuse words of twice that. A larger input is read from a file."""
INPUT_FILE = "input.json"
_OBJECTS = {"config": "--config", "context": "--context", "metadata": "--metadata"}


def run_words(request: Mapping[str, Json], thread_id: str) -> list[str]:
    """Return the words after `studio-tui` that send this request, `run …` or `resume …`; the server's are not in it."""
    command = as_object(request.get("command"))
    if command:
        words = ["resume", thread_id]
        if "resume" in command:
            words.append(_dump(command["resume"]))
        if command.get("update") is not None:
            words += ["--update", _dump(command["update"])]
        goto = command.get("goto")
        for node in [goto] if isinstance(goto, str) else as_list(goto):
            words += ["--goto", node if isinstance(node, str) else _dump(node)]
    else:
        words = ["run", as_str(request.get("assistant_id"))]
        if has_large_input(request):
            words += ["--input", f"@{INPUT_FILE}"]
        elif request.get("input") is not None:
            words += ["--input", _dump(request["input"])]
        words += ["--thread", thread_id] if thread_id else ["--stateless"]
        checkpoint = as_str(as_object(request.get("checkpoint")).get("checkpoint_id"))
        checkpoint = checkpoint or as_str(request.get("checkpoint_id"))
        words += ["--checkpoint", checkpoint] if checkpoint else []
    modes = request.get("stream_mode")
    for mode in [modes] if isinstance(modes, str) else as_list(modes):
        words += ["--stream-mode", as_str(mode)]
    for when in ("before", "after"):
        stops = request.get(f"interrupt_{when}")
        for node in [stops] if isinstance(stops, str) else as_list(stops):
            words += [f"--interrupt-{when}", as_str(node)]
    words += [part for key, flag in _OBJECTS.items() if request.get(key) for part in (flag, _dump(request[key]))]
    words += [part for key, flag in _FLAGS.items() if request.get(key) for part in (flag, as_str(request[key]))]
    words += ["--on-disconnect", "cancel"] if request.get("on_disconnect") == "cancel" else []
    return words


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
             "multitask_strategy", "if_not_exists", "after_seconds", "durability", "feedback_keys"}  # fmt: skip
    read = {"input": f'json.load(open("{INPUT_FILE}", encoding="utf-8"))'} if has_large_input(request) else {}
    lines += [f"    {name}={read.get(name) or repr(value)}," for name, value in rest.items() if name in names]
    if read:
        lines.insert(0, "import json\n")
    lines += ["):", "    print(part.event, part.data)"]
    return "\n".join(lines) + "\n"


def has_large_input(request: Mapping[str, Json]) -> bool:
    """Tell whether the input, such as one with files in it, is too large for a command line: it is in `INPUT_FILE`."""
    value = request.get("input")
    return value is not None and len(_dump(value)) > LARGEST_WORD


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
