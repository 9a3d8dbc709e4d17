"""Whether a JSON value fits a JSON Schema, said in words before anything is sent. Reports only what is surely wrong.

Servers coerce and ignore much; what a schema does not say clearly counts as fitting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from studio_tui.domain.form.schema import SchemaReader, is_message_list
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, is_list, is_number, is_object
from studio_tui.text.sanitize import clean

MOST = 8
"""Problems that are told of one value."""
_DEPTH = 12
_ITEMS = 200
_NAMES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "object": "an object", "array": "a list", "null": "null",
}  # fmt: skip


def misfits(schema: Json, value: Json, *, closed: bool = False, partial: bool = False) -> list[str]:
    """Return what is wrong with `value` (safe text), empty when it fits or the schema says nothing.

    `closed` takes keys that the schema does not name for wrong; `partial` lets required ones be absent. Both are
    about the outermost object only.
    """
    found: list[str] = []
    for problem in _object(SchemaReader(schema), schema, value, closed, partial):
        found.append(problem)
        if len(found) == MOST:
            break
    return found


def _object(reader: SchemaReader, schema: Json, value: Json, closed: bool, partial: bool) -> Iterator[str]:
    outer = reader.read(schema)
    if outer.variants or not is_object(value) or not is_object(outer.schema.get("properties")):
        yield from _value(reader, schema, value, "", 0)
        return
    properties = as_object(outer.schema["properties"])
    if closed:
        for key in value:
            if key not in properties:
                names = ", ".join(clean(name, 40) for name in list(properties)[:12])
                yield f"`{clean(key, 60)}` is none of its keys; there are: {names or 'none'}"
    open_schema: JsonObject = {**outer.schema, "required": []} if partial else outer.schema
    yield from _keys(reader, open_schema, value, "", 0)


def _value(reader: SchemaReader, schema: Json, value: Json, path: str, depth: int) -> Iterator[str]:
    if depth > _DEPTH or is_message_list(reader, schema):
        return  # messages have many spellings, and servers take all of them
    node = reader.read(schema)
    if value is None and node.nullable:
        return
    if node.variants:
        if all(any(_value(reader, branch, value, path, depth + 1)) for branch in node.variants):
            yield f"{_at(path)}fits none of the {len(node.variants)} forms that it may have"
        return
    plain = node.schema
    if "const" in plain and value != plain["const"]:
        yield f"{_at(path)}must be {_shown(plain['const'])}"
        return
    choices = as_list(plain.get("enum"))
    if choices and value not in choices:
        yield f"{_at(path)}must be one of: {', '.join(_shown(choice) for choice in choices[:12])}"
        return
    kind = plain.get("type")
    if isinstance(kind, str) and kind in _NAMES and not _is(kind, value):
        yield f"{_at(path)}must be {_NAMES[kind]}, not {_kind_of(value)}"
        return
    yield from _bounds(plain, value, path)
    if is_object(value):
        yield from _keys(reader, plain, value, path, depth)
    if is_list(value) and "items" in plain:
        for place, item in enumerate(value[:_ITEMS]):
            yield from _value(reader, plain["items"], item, f"{path}[{place}]", depth + 1)


def _keys(reader: SchemaReader, schema: JsonObject, value: JsonObject, path: str, depth: int) -> Iterator[str]:
    properties = as_object(schema.get("properties"))
    for name in as_list(schema.get("required")):
        if isinstance(name, str) and name not in value and "default" not in as_object(properties.get(name)):
            yield f"{_at(path)}lacks `{clean(name, 60)}`"
    for key, part in value.items():
        inner = f"{path}.{key}" if path else key
        if key in properties:
            yield from _value(reader, properties[key], part, inner, depth + 1)
        elif schema.get("additionalProperties") is False:
            yield f"{_at(inner)}is not allowed there"


def _bounds(schema: JsonObject, value: Json, path: str) -> Iterator[str]:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if is_number(value):
        if isinstance(lowest, int | float) and value < lowest:
            yield f"{_at(path)}must be at least {lowest}"
        if isinstance(highest, int | float) and value > highest:
            yield f"{_at(path)}must be at most {highest}"
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    if isinstance(value, str):
        if isinstance(shortest, int) and len(value) < shortest:
            yield f"{_at(path)}must have at least {shortest} characters"
        if isinstance(longest, int) and len(value) > longest:
            yield f"{_at(path)}must have at most {longest} characters"


def _is(kind: str, value: Json) -> bool:
    if kind in ("integer", "number"):
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return is_number(value) and (kind == "number" or whole)
    return _kind_of(value) == _NAMES[kind]


def _kind_of(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return _NAMES["boolean"]
    if isinstance(value, str):
        return _NAMES["string"]
    if is_object(value):
        return _NAMES["object"]
    return _NAMES["array"] if is_list(value) else _NAMES["number"]


def _shown(value: Json) -> str:
    return clean(json.dumps(value, ensure_ascii=False), 60)


def _at(path: str) -> str:
    return f"`{clean(path, 80)}` " if path else "it "
