"""What an assistant can be set to, by the schemas of its graph: as a form, and as a check before it is written."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from studio_tui.domain.assistant import Schemas
from studio_tui.domain.assistant_content import Content, value_problems
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.form.conforms import misfits
from studio_tui.domain.form.fields import FormSpec, fields_of
from studio_tui.domain.form.run_options import settings_of
from studio_tui.jsonkit.value import Json, JsonObject, as_int, as_object

_TABLES = ("$defs", "definitions")


class AssistantForm(Struct, frozen=True):
    """The fields of one graph's assistants, and the way between them and a content."""

    spec: FormSpec
    in_config: bool = False
    """Whether the settings stand in `config.configurable`; else they are the context."""
    defaults: JsonObject = field(default_factory=dict)
    """Defaults that the schema gives to settings."""
    problem: str = ""
    """Why the settings have no fields (safe text)."""

    def value_of(self, content: Content) -> JsonObject:
        """Return a content as the form's value; what is empty is left out."""
        value: dict[str, Json] = {part: item for part, item in content.value.items() if item}
        if self.in_config and "configurable" in content.config:
            config = {key: item for key, item in content.config.items() if key != "configurable"}
            value = {**value, "configurable": content.config["configurable"], "config": config}
        return {part: item for part, item in value.items() if item != {}}

    def plain(self, value: Json) -> Json:
        data = as_object(value)
        if "configurable" not in data:
            return value
        rest = {part: item for part, item in data.items() if part != "configurable"}
        return {**rest, "config": {**as_object(data.get("config")), "configurable": data["configurable"]}}

    def problems(self, value: Json) -> Mapping[str, str]:
        """Return what is wrong with a value beyond its fields' own rules, by field key."""
        found = {f"/{part}": words for part, words in value_problems(self.plain(value)).items() if part}
        return {item.key: found[item.key] for item in self.spec.fields if item.key in found}


def form_of(schemas: Schemas | None, dialect: Dialect) -> AssistantForm:
    """Return the form for a graph's assistants: by its context schema, else by its config schema, else as JSON."""
    settings = settings_of(schemas, None)
    in_config = settings is not None and settings.where == "configurable" and not dialect.mirrors_context
    own_schema = as_object(settings.schema) if settings is not None else {}
    tables = {name: own_schema[name] for name in _TABLES if name in own_schema}
    own = {name: part for name, part in own_schema.items() if name not in _TABLES}
    context: JsonObject = own or {"type": "object", "description": 'Settings of the graph: {"key": "value"}'}
    properties: dict[str, Json] = {
        "name": {"type": "string", "description": "What people call it"},
        "description": {"type": "string", "format": "multiline", "description": "What it is for"},
        ("configurable" if in_config else "context"): context,
        "config": {"type": "object", "description": 'Other run config: {"recursion_limit": 50, "tags": ["a"]}'},
        "metadata": {"type": "object", "description": 'Your own keys: {"team": "growth"}'},
    }
    schema: dict[str, Json] = {"type": "object", "properties": properties, "required": ["name"], **tables}
    spec = fields_of(schema)
    defaults = {
        key: as_object(part)["default"]
        for key, part in as_object(own.get("properties")).items()
        if "default" in as_object(part)
    }
    problem = "" if own else (schemas.problem if schemas is not None else "") or "This graph declares no settings."
    return AssistantForm(spec, in_config, defaults, problem)


class Setting(Struct, frozen=True):
    """A setting that a graph declares."""

    name: str
    default: Json = None
    has_default: bool = False


def declared_settings(schemas: Schemas | None) -> tuple[Setting, ...]:
    """Return what can be set of a graph by its schemas, in their order; names and defaults raw."""
    settings = settings_of(schemas, None)
    declared = as_object(as_object(settings.schema).get("properties")) if settings is not None else {}
    parts = ((name, as_object(part)) for name, part in declared.items())
    return tuple(Setting(name, part.get("default"), "default" in part) for name, part in parts)


def settings_problems(content: Content, schemas: Schemas) -> tuple[list[str], str]:
    """Return what is surely wrong with the settings of `content`, and why they could not be checked, or empty.

    Settings that the schema wants may be absent: a run can bring them. Python servers take `configurable` for the
    context, so both are read by the one schema that there is.
    """
    refused: list[str] = []
    limit = content.config.get("recursion_limit")
    if limit is not None and ((as_int(limit) or 0) < 1 or isinstance(limit, bool)):
        refused.append("`config.recursion_limit` must be a whole number from 1")
    configurable: Json = content.config.get("configurable")
    if not content.context and not configurable:
        return refused, ""
    if schemas.problem:
        return refused, schemas.problem
    settings = settings_of(schemas, None)
    if settings is None:
        return refused, ""
    closed = settings.where == "context" and as_object(settings.schema).get("additionalProperties") is not True
    refused += [f"context: {words}" for words in misfits(settings.schema, content.context, closed=closed, partial=True)]
    if configurable is not None:
        refused += [f"configurable: {words}" for words in misfits(settings.schema, configurable, partial=True)]
    return refused, ""
