"""Run options as a form: their JSON Schema, and the way there and back. Knows no screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.form.schema import SchemaReader
from studio_tui.domain.run_request import Durability, Multitask, RunOptions
from studio_tui.domain.stream_mode import DEFAULT_MODES, MODES
from studio_tui.jsonkit.value import Json, JsonObject, as_int, as_list, as_object, as_str, as_strings, is_object

PRESETS: Mapping[str, tuple[str, ...]] = {
    "default": DEFAULT_MODES,
    "debug": ("debug",),
    "updates": ("updates",),
    "messages": ("messages-tuple",),
    "everything": MODES,
}
ALL = "*"


class GraphSettings(Struct, frozen=True):
    """The settings that a graph declares, as its context or its config, and what the assistant itself has set."""

    where: Literal["context", "configurable"]
    schema: Json
    own: JsonObject


def settings_of(schemas: Schemas | None, assistant: Assistant | None) -> GraphSettings | None:
    """Return what a run can override of its assistant, or None when the graph declares nothing."""
    if schemas is None:
        return None
    own = as_object(assistant.config.get("configurable")) if assistant else {}
    context = _optional(schemas.context, schemas.context)
    if as_object(context.get("properties")):
        return GraphSettings("context", context, (assistant.context or own) if assistant else {})
    config = _optional(schemas.config, schemas.config)
    properties = as_object(config.get("properties"))
    if list(properties) == ["configurable"]:
        config = _optional(schemas.config, properties["configurable"])
        properties = as_object(config.get("properties"))
    return GraphSettings("configurable", config, own) if properties else None


def option_schema(nodes: Sequence[str]) -> JsonObject:
    """Return the schema of the options other than stream modes; `nodes` are the graph's own node names, if known."""
    known = [name for name in nodes if name not in ("__start__", "__end__")]
    names: JsonObject = {"enum": [ALL, *known]} if known else {"type": "string"}
    before = "Pause before these nodes run; * for all" + (", separated by commas." if known else ", alone.")
    after = "Pause after these nodes ran; * for all" + (", separated by commas." if known else ", alone.")
    properties: dict[str, Json] = {
        "interrupt_before": {"type": "array", "items": names, "description": before},
        "interrupt_after": {"type": "array", "items": names, "description": after},
        "multitask": {
            "enum": ["reject", "enqueue", "interrupt", "rollback"],
            "default": "reject",
            "description": "When the thread is busy: refuse, wait in line, stop the other run, or undo the other run.",
        },
        "durability": {
            "enum": ["sync", "async", "exit"],
            "description": "When checkpoints are saved: before the next step, beside it, or only at the end.",
        },
        "on_disconnect": {
            "enum": ["continue", "cancel"],
            "default": "continue",
            "description": "When nobody follows the run any more: go on, or cancel it.",
        },
        "recursion_limit": {"type": "integer", "minimum": 1, "description": "Steps after which the run fails."},
        "after_seconds": {"type": "integer", "minimum": 0, "description": "Start so many seconds from now."},
        "background": {"type": "boolean", "description": "Start without following; join it later."},
        "stateless": {"type": "boolean", "description": "Run without a thread; nothing is kept."},
        "webhook": {"type": "string", "format": "uri", "description": "Is called when the run has ended."},
        "metadata": {"type": "object", "description": 'Kept with the run: {"key": "value"}'},
        "config": {"type": "object", "description": "Other config: tags, run_name, max_concurrency…"},
    }
    return {"type": "object", "properties": properties}


def to_value(options: RunOptions) -> JsonObject:
    """Return the options as the form's value; what is at its default is left out."""
    value: dict[str, Json] = {}
    for name in ("interrupt_before", "interrupt_after"):
        names = getattr(options, name)
        if names:
            value[name] = [ALL] if names == ALL else list(names)
    if options.multitask != "reject":
        value["multitask"] = options.multitask
    if options.on_disconnect != "continue":
        value["on_disconnect"] = options.on_disconnect
    for name in ("durability", "recursion_limit", "after_seconds"):
        if getattr(options, name) is not None:
            value[name] = getattr(options, name)
    for name in ("background", "stateless", "webhook", "metadata"):
        if getattr(options, name):
            value[name] = getattr(options, name)
    config = {name: part for name, part in options.config.items() if name != "configurable"}
    if config:
        value["config"] = config
    return value


def from_value(value: Json, modes: Sequence[str], settings: GraphSettings | None, given: Json) -> RunOptions:
    """Return the options that a valid form means; `given` is the value of the settings form."""
    data = as_object(value)
    config = dict(as_object(data.get("config")))
    where = settings.where if settings is not None else ""
    if where == "configurable" and as_object(given):
        config["configurable"] = given
    return RunOptions(
        stream_modes=tuple(mode for mode in MODES if mode in modes),
        interrupt_before=_nodes(data.get("interrupt_before")),
        interrupt_after=_nodes(data.get("interrupt_after")),
        multitask=cast(Multitask, as_str(data.get("multitask"), "reject")),
        durability=cast("Durability | None", as_str(data.get("durability")) or None),
        on_disconnect="cancel" if data.get("on_disconnect") == "cancel" else "continue",
        recursion_limit=as_int(data.get("recursion_limit")),
        webhook=as_str(data.get("webhook")),
        metadata=as_object(data.get("metadata")),
        config=config,
        context=as_object(given) if where == "context" else {},
        after_seconds=as_int(data.get("after_seconds")),
        background=data.get("background") is True,
        stateless=data.get("stateless") is True,
    )


def settings_value(options: RunOptions, settings: GraphSettings) -> JsonObject:
    """Return what the options override of the assistant's settings."""
    return options.context if settings.where == "context" else as_object(options.config.get("configurable"))


def problems_of(value: Json) -> Mapping[str, str]:
    """Return what is wrong with the options beyond their types, by field key."""
    data = as_object(value)
    problems: dict[str, str] = {}
    for name in ("metadata", "config"):
        if name in data and not is_object(data[name]):
            problems[f"/{name}"] = 'Must be a JSON object, such as {"key": "value"}.'
    if "configurable" in as_object(data.get("config")):
        problems["/config"] = "Set configurable values in the assistant's form."
    for name in ("interrupt_before", "interrupt_after"):
        names = as_list(data.get(name))
        if ALL in names and len(names) > 1:
            problems[f"/{name}"] = "* means every node; remove the other names."
    if data.get("stateless") is True and data.get("multitask") not in (None, "reject"):
        problems["/multitask"] = "A run without a thread cannot meet another run."
    return problems


def preset_of(modes: Sequence[str]) -> str:
    """Return the preset that these modes are, or an empty text."""
    return next((name for name, preset in PRESETS.items() if set(preset) == set(modes)), "")


def summary(options: RunOptions) -> str:
    """Return in a few words how the options differ from the defaults; empty when they do not."""
    parts = []
    if set(options.stream_modes) != set(DEFAULT_MODES):
        parts.append("+".join(options.stream_modes))
    value = to_value(replace(options, metadata={}, config={}))
    for name, part in value.items():
        shown = ",".join(str(item) for item in part) if isinstance(part, list) else str(part)
        parts.append(name if part is True else f"{name} {shown}")
    parts += [name for name in ("metadata", "config", "context") if getattr(options, name)]
    return " · ".join(parts)


def _nodes(value: Json) -> tuple[str, ...] | Literal["*"]:
    names = as_strings(value)
    return "*" if ALL in names else names


def _optional(root: Json, part: Json) -> JsonObject:
    """Return `part` without its required fields: the assistant has them, and a run may override any one alone."""
    tables = {name: table for name, table in as_object(root).items() if name in ("$defs", "definitions")}
    schema = SchemaReader(root).read(part).schema
    return {**{name: value for name, value in schema.items() if name != "required"}, **tables}
