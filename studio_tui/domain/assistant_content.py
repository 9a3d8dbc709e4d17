"""What a version of an assistant holds, how two of them differ, and how each kind of server wants it written.

Knows no HTTP. Python servers and Aegra keep `context` and `config.configurable` as two names of one thing
(PROTOCOL §3); JavaScript servers keep them apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.domain.assistant import Assistant
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.form.values import overlay
from studio_tui.jsonkit.diff import Diff, diff
from studio_tui.jsonkit.value import Json, JsonObject, as_int, as_object, as_str

PARTS = ("name", "description", "context", "config", "metadata")
"""What can be written, in the order that people read it."""
OBJECTS = ("context", "config", "metadata")
"""Those of them that are objects; the others are texts."""


class Content(Struct, frozen=True):
    """All that one version holds, apart from numbers and times."""

    name: str = ""
    description: str = ""
    context: JsonObject = field(default_factory=dict)
    config: JsonObject = field(default_factory=dict)
    """Without `configurable` where that only mirrors the context."""
    metadata: JsonObject = field(default_factory=dict)

    @property
    def value(self) -> JsonObject:
        """Everything as one JSON object: what forms, JSON texts and diffs show."""
        return {part: getattr(self, part) for part in PARTS}


def content_of(assistant: Assistant, dialect: Dialect) -> Content:
    """Return what an assistant, or one of its versions, holds."""
    config = dict(assistant.config)
    if dialect.mirrors_context and config.get("configurable") in ({}, assistant.context):
        config.pop("configurable", None)
    # The model fills in a name where there is none; an empty one is the truth.
    name = as_str(assistant.raw.get("name"), assistant.name)
    return Content(name, assistant.description or "", assistant.context, config, assistant.metadata)


def content_from(value: Json) -> Content:
    """Return the content that a form's value or a JSON text means; see `value_problems`."""
    data = as_object(value)
    objects = {part: as_object(data.get(part)) for part in OBJECTS}
    return Content(as_str(data.get("name")), as_str(data.get("description")), **objects)


def value_problems(value: Json) -> Mapping[str, str]:
    """Return what keeps a value from being a content, in words by part (`""`: the whole)."""
    data = as_object(value)
    if value is not data:
        return {"": "An assistant is a JSON object with name, description, context, config and metadata."}
    problems = {
        part: f"{part} must be an object, such as {{}}."
        for part in OBJECTS
        if part in data and as_object(data[part]) is not data[part]
    }
    for part in ("name", "description"):
        if not isinstance(data.get(part, ""), str):
            problems[part] = f"{part} must be a text."
    if not problems and not as_str(data.get("name")).strip():
        problems["name"] = "Required: a name."
    unknown = [key for key in data if key not in PARTS]
    if unknown:
        problems[""] = f"Unknown: {unknown[0]}. An assistant has name, description, context, config and metadata."
    return problems


def merged(base: Content, changes: JsonObject) -> Content:
    """Return `base` with `changes` laid over it: objects key by key, what is not named stays."""
    return content_from(overlay(base.value, {part: changes[part] for part in PARTS if part in changes}))


def settled(content: Content, dialect: Dialect) -> Content:
    """Return the content as the server will keep it: on mirroring servers the settings stand in the context."""
    if not dialect.mirrors_context or "configurable" not in content.config:
        return content
    rest = {name: part for name, part in content.config.items() if name != "configurable"}
    return replace(content, context=content.context or as_object(content.config["configurable"]), config=rest)


def body_of(content: Content, dialect: Dialect, *, is_new: bool = False) -> JsonObject:
    """Return the fields to send so that the version holds exactly `content`, as far as the server can."""
    content = settled(content, dialect)
    config = dict(content.config)
    if dialect.mirrors_context and not content.context and not config and not is_new:
        # An empty config counts as "not given"; this one empties the mirror of the context, too.
        config = {"configurable": {}}
    body: dict[str, Json] = {"name": content.name, "config": config, "metadata": content.metadata}
    if not dialect.takes_context:
        if content.context:
            body["config"] = {**config, "configurable": {**as_object(config.get("configurable")), **content.context}}
    else:
        body["context"] = content.context
    if content.description or not is_new:
        body["description"] = content.description
    return body


def contents_diff(old: Content, new: Content) -> Diff:
    """Return how `new` differs from `old`."""
    return diff(old.value, new.value)


def lasting_metadata(old: Content, new: Content) -> list[str]:
    """Return the metadata keys that `new` leaves out but that stay: servers only ever add to metadata."""
    return [key for key in old.metadata if key not in new.metadata]


def copy_content(content: Content, name: str) -> Content:
    """Return the content of a duplicate: another name, and not the server's own assistant."""
    metadata = {key: part for key, part in content.metadata.items() if (key, part) != ("created_by", "system")}
    return replace(content, name=name, metadata=metadata)


class RunSettings(Struct, frozen=True):
    """What a run must send to use another content than its assistant has now."""

    context: JsonObject = field(default_factory=dict)
    config: JsonObject = field(default_factory=dict)
    """Without the recursion limit."""
    recursion_limit: int | None = None
    stuck: tuple[str, ...] = ()
    """Settings that only the assistant has: a run can override them but not unset them."""


def run_settings(now: Content, wanted: Content, defaults: JsonObject) -> RunSettings:
    """Return the settings for a run of an assistant that has `now`, as if it had `wanted`.

    Servers lay a run's settings over the assistant's; what `wanted` lacks is sent with its default, if it has one.
    """
    context, stuck = _over(now.context, wanted.context, defaults)
    configurable, stuck_too = _over(
        as_object(now.config.get("configurable")), as_object(wanted.config.get("configurable")), defaults
    )
    config = {key: part for key, part in wanted.config.items() if key not in ("configurable", "recursion_limit")}
    if configurable:
        config["configurable"] = configurable
    limit = as_int(wanted.config.get("recursion_limit"))
    return RunSettings(context, config, limit, (*stuck, *stuck_too))


def _over(now: JsonObject, wanted: JsonObject, defaults: JsonObject) -> tuple[JsonObject, tuple[str, ...]]:
    missing = [key for key in now if key not in wanted]
    filled = {key: defaults[key] for key in missing if key in defaults}
    return {**filled, **wanted}, tuple(key for key in missing if key not in defaults)
