"""JSON Schema → the fields of a form, as a tree. What is typed into them: `checks` for one, `values` for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.domain.form.schema import SchemaNode, SchemaReader, human_message, is_message_list
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import (
    Json,
    JsonObject,
    as_int,
    as_list,
    as_object,
    as_str,
    as_strings,
    is_list,
    is_number,
    is_object,
)

Kind = Literal[
    "text", "integer", "number", "boolean", "choice", "list", "messages", "group", "variant", "const", "json"
]

DEEPEST = 6
"""Levels of nested objects that become fields; what is deeper is edited as JSON."""
MOST_FIELDS = 300
"""Fields of one form; the properties beyond are left to the JSON mode."""

_SIMPLE: frozenset[Kind] = frozenset({"text", "integer", "number", "boolean", "choice"})


class FieldChoice(Struct, frozen=True):
    """One value that a field can take; labels are unique within the field (raw text)."""

    label: str
    value: Json


class Limits(Struct, frozen=True):
    """Bounds of a value; None means unbounded."""

    minimum: int | float | None = None
    maximum: int | float | None = None
    above: int | float | None = None
    below: int | float | None = None
    multiple_of: int | float | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: str = ""
    format: str = ""
    fewest: int | None = None
    most: int | None = None
    unique: bool = False


class Field(Struct, frozen=True):
    """One field of a form, or a group of fields. Texts from the schema are raw."""

    key: str
    """Unique within the form; not a path."""
    path: tuple[str, ...]
    kind: Kind
    title: str = ""
    description: str = ""
    required: bool = False
    nullable: bool = False
    default: Json = None
    """None when there is none."""
    example: Json = None
    """For messages: the empty human message, as this schema spells it."""
    label: str = ""
    """What a user interface is to call it (`x_oap_ui_config`), where that is more than the name."""
    placeholder: str = ""
    """What a user interface is to show in the empty field."""
    choices: tuple[FieldChoice, ...] = ()
    limits: Limits = Limits()
    item: Field | None = None
    """What a list holds."""
    children: tuple[Field, ...] = ()
    """Fields of a group; the alternatives of a variant."""
    indent: int = 0
    nodes: tuple[str, ...] = ()
    """Graph nodes that read this config field (`langgraph_nodes`)."""
    labels: tuple[str, ...] = ()
    """Names of a variant's alternatives, in the order of `children`."""

    @property
    def name(self) -> str:
        """The property's own name, empty for the root."""
        return self.path[-1] if self.path else ""


class FormSpec(Struct, frozen=True):
    """A whole form. `problem` says why there are no fields (ready for display), or is empty."""

    root: Field
    problem: str = ""
    omitted: tuple[str, ...] = ()
    """Top-level properties that got no field because there are too many."""
    _flat: tuple[Field, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field in the order of the form: groups before their fields, all alternatives of variants."""
        return self._flat


def fields_of(schema: Json) -> FormSpec:
    """Return the form for `schema`. Total: what is not understood becomes a JSON field."""
    builder = _Builder(schema)
    root = builder.field(schema, (), "", required=True, depth=0, seen=frozenset())
    flat = tuple(walk(root))
    if root.kind == "group":
        flat = flat[1:]
    problem = ""
    if not flat:
        problem = "This graph takes any input: its schema names no fields."
    elif root.kind == "json":
        problem = "No schema is known for this input."
    return FormSpec(root, problem, tuple(builder.omitted), flat)


def walk(field: Field) -> Iterator[Field]:
    """Yield `field` and everything below it, depth first."""
    yield field
    for child in field.children:
        yield from walk(child)


def is_shown(field: Field) -> bool:
    """Tell whether a form gives the field a row of its own (constants fill themselves in)."""
    return field.kind != "const"


class _Builder:
    def __init__(self, schema: Json) -> None:
        self.reader = SchemaReader(schema)
        self.count = 0
        self.omitted: list[str] = []

    def field(
        self, schema: Json, path: tuple[str, ...], key: str, *, required: bool, depth: int, seen: frozenset[str]
    ) -> Field:
        self.count += 1
        node = self.reader.read(schema)
        base = _described(
            Field(key, path, "json", required=required, nullable=node.nullable, indent=depth), node.schema
        )
        if node.refs & seen or depth > DEEPEST or self.count > MOST_FIELDS:
            return base
        seen = seen | node.refs
        if path and is_message_list(self.reader, schema):
            return replace(base, kind="messages", example=human_message(self.reader, schema, ""))
        if node.variants:
            return self._union(base, node, seen)
        return self._plain(base, node.schema, seen)

    def _plain(self, base: Field, schema: JsonObject, seen: frozenset[str]) -> Field:
        if "const" in schema:
            return replace(base, kind="const", default=schema["const"])
        choices = _choices(as_list(schema.get("enum"))) or _hinted_choices(schema)
        if choices:
            values = [choice for choice in choices if choice.value is not None]
            return replace(
                base, kind="choice", choices=tuple(values), nullable=base.nullable or len(values) < len(choices)
            )
        kind = _type_of(schema)
        if kind == "object":
            return self._group(base, schema, seen)
        if kind == "array":
            return self._list(base, schema, seen)
        if kind == "boolean":
            return replace(base, kind="boolean", choices=(FieldChoice("yes", True), FieldChoice("no", False)))
        limits = _limits(schema)
        if kind == "integer":
            return replace(base, kind="integer", limits=limits)
        if kind == "number":
            return replace(base, kind="number", limits=limits)
        if kind == "string":
            return replace(base, kind="text", limits=limits)
        return base

    def _group(self, base: Field, schema: JsonObject, seen: frozenset[str]) -> Field:
        properties = as_object(schema.get("properties"))
        if not properties:
            return replace(base, kind="group") if not base.path else base
        required = set(as_strings(schema.get("required")))
        children = []
        for name, part in properties.items():
            if self.count >= MOST_FIELDS:
                if not base.path:
                    self.omitted.append(name)
                continue
            child = self.field(
                part,
                (*base.path, name),
                f"{base.key}/{name.replace('~', '~0').replace('/', '~1')}",
                required=name in required,
                depth=base.indent + (1 if base.path else 0),
                seen=seen,
            )
            children.append(child)
        return replace(base, kind="group", children=tuple(children))

    def _list(self, base: Field, schema: JsonObject, seen: frozenset[str]) -> Field:
        items = schema.get("items")
        if not is_object(items) or not items:
            return base
        item = self.field(items, base.path, f"{base.key}/*", required=True, depth=DEEPEST, seen=seen)
        if item.kind not in _SIMPLE:
            return base
        return replace(base, kind="list", item=item, limits=_limits(schema))

    def _union(self, base: Field, node: SchemaNode, seen: frozenset[str]) -> Field:
        constants = [self.reader.read(branch).schema for branch in node.variants]
        if all("const" in part or is_list(part.get("enum")) for part in constants):
            return replace(base, kind="choice", choices=_union_choices(constants))
        children = []
        labels: list[str] = []
        for index, branch in enumerate(node.variants[:40]):
            # Inside an alternative everything counts as chosen: its fields are only there when it is picked.
            child = self.field(
                branch, base.path, f"{base.key}?{index}", required=True, depth=base.indent + 1, seen=seen
            )
            children.append(child)
            labels.append(_unused(_variant_label(branch, child), labels))
        return replace(base, kind="variant", children=tuple(children), labels=tuple(labels))


def _described(field: Field, schema: JsonObject) -> Field:
    hints = _hints(schema)
    examples = as_list(schema.get("examples"))
    default = schema.get("default", hints.get("default"))
    return replace(
        field,
        title=as_str(schema.get("title")) or as_str(hints.get("label")),
        description=as_str(schema.get("description")) or as_str(hints.get("description")),
        default=default,
        example=examples[0] if examples else hints.get("placeholder"),
        label=as_str(hints.get("label")),
        placeholder=as_str(hints.get("placeholder")),
        nodes=as_strings(schema.get("langgraph_nodes")),
    )


def _hints(schema: JsonObject) -> JsonObject:
    """Return the Open Agent Platform's hints for a user interface, wherever they stand."""
    inside = as_object(as_object(schema.get("metadata")).get("x_oap_ui_config"))
    return inside or as_object(schema.get("x_oap_ui_config"))


_HINTED_TYPES = {"number": "number", "slider": "number", "boolean": "boolean", "switch": "boolean", "text": "string",
                 "textarea": "string"}  # fmt: skip


def _type_of(schema: JsonObject) -> str:
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind
    if is_object(schema.get("properties")):
        return "object"
    if "items" in schema:
        return "array"
    return _HINTED_TYPES.get(as_str(_hints(schema).get("type")), "")


def _limits(schema: JsonObject) -> Limits:
    hints = _hints(schema)
    return Limits(
        minimum=_number(schema.get("minimum", hints.get("min"))),
        maximum=_number(schema.get("maximum", hints.get("max"))),
        above=_number(schema.get("exclusiveMinimum")),
        below=_number(schema.get("exclusiveMaximum")),
        multiple_of=_number(schema.get("multipleOf")),
        shortest=as_int(schema.get("minLength")),
        longest=as_int(schema.get("maxLength")),
        pattern=as_str(schema.get("pattern")),
        format=as_str(schema.get("format")),
        fewest=as_int(schema.get("minItems")),
        most=as_int(schema.get("maxItems")),
        unique=schema.get("uniqueItems") is True,
    )


def _number(value: Json) -> int | float | None:
    return value if is_number(value) else None


def _label_of(value: Json) -> str:
    """Return how a choice's value is spelled: texts bare, everything else as JSON."""
    return value if isinstance(value, str) and value else print_json(value, indent=None)


def _choices(values: list[Json]) -> tuple[FieldChoice, ...]:
    choices: list[FieldChoice] = []
    used: list[str] = []
    for value in values[:2000]:
        label = _label_of(value)
        if label in used:
            if any(choice.value == value and type(choice.value) is type(value) for choice in choices):
                continue
            label = _unused(print_json(value, indent=None), used)
        used.append(label)
        choices.append(FieldChoice(label, value))
    return tuple(choices)


def _hinted_choices(schema: JsonObject) -> tuple[FieldChoice, ...]:
    hints = _hints(schema)
    return _labelled([as_object(option) for option in as_list(hints.get("options"))], "value", "label")


def _union_choices(parts: list[JsonObject]) -> tuple[FieldChoice, ...]:
    flat: list[JsonObject] = []
    for part in parts:
        if "const" in part:
            flat.append(part)
        else:
            flat.extend({"const": value} for value in as_list(part.get("enum")))
    return _labelled(flat, "const", "title")


def _labelled(options: list[JsonObject], value_key: str, label_key: str) -> tuple[FieldChoice, ...]:
    choices: list[FieldChoice] = []
    used: list[str] = []
    for option in options[:2000]:
        if value_key not in option:
            continue
        value = option[value_key]
        title = as_str(option.get(label_key))
        spelled = _label_of(value)
        label = f"{spelled} ({title})" if title and title != spelled else spelled
        label = _unused(label, used)
        used.append(label)
        choices.append(FieldChoice(label, value))
    return tuple(choices)


def _variant_label(branch: JsonObject, child: Field) -> str:
    constants = [part.default for part in child.children if part.kind == "const"]
    named = next((value for value in constants if isinstance(value, str)), "")
    ref = as_str(branch.get("$ref")).rsplit("/", 1)[-1]
    return child.title or named or ref or _KIND_WORDS[child.kind]


_KIND_WORDS: dict[Kind, str] = {
    "text": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "choice": "one of a list",
    "list": "list",
    "messages": "messages",
    "group": "object",
    "variant": "alternatives",
    "const": "fixed value",
    "json": "JSON",
}


def _unused(label: str, used: list[str]) -> str:
    if label not in used:
        return label
    return next(name for name in (f"{label} #{number}" for number in range(2, 3000)) if name not in used)
