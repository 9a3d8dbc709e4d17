"""Reading JSON Schemas of any draft and oddity: references, unions, null, hints. Total: never raises, always ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from urllib.parse import unquote

from msgspec import Struct

from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_list, is_object

MESSAGE_TYPES = frozenset({"human", "ai", "system", "tool", "user", "assistant"})
_HOPS = 32
_UNIONS = ("anyOf", "oneOf")


class SchemaNode(Struct, frozen=True):
    """One schema with its references followed: either plain (`schema`), or a union of `variants`."""

    schema: JsonObject
    nullable: bool = False
    variants: tuple[JsonObject, ...] = ()
    """Unresolved alternatives, null left out; empty unless there are at least two."""
    refs: frozenset[str] = frozenset()
    """The references followed on the way, to recognise recursion."""


class SchemaReader:
    """Follows references inside one schema document."""

    def __init__(self, root: Json) -> None:
        self._root = as_object(root)

    def read(self, schema: Json) -> SchemaNode:
        """Return `schema` with references, `allOf` and single-branch unions folded in."""
        merged: JsonObject = as_object(schema)
        nullable = False
        refs: set[str] = set()
        for _ in range(_HOPS):
            if "$ref" in merged or "allOf" in merged:
                merged = self._fold(merged, refs)
                continue
            branches, has_null = self._branches(merged)
            nullable = nullable or has_null
            if branches is None:
                break
            outer = {key: value for key, value in merged.items() if key not in (*_UNIONS, "type")}
            if len(branches) != 1:
                return SchemaNode(outer, nullable, tuple(branches), frozenset(refs))
            merged = _merge(as_object(branches[0]), outer)
        if merged.get("nullable") is True:
            nullable = True
        return SchemaNode(merged, nullable, (), frozenset(refs))

    def _fold(self, schema: JsonObject, refs: set[str]) -> JsonObject:
        """Merge the target of `$ref` and the parts of `allOf` under the schema's own keys."""
        own = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        base: JsonObject = {}
        ref = schema.get("$ref")
        if isinstance(ref, str) and ref not in refs:
            refs.add(ref)
            base = self._lookup(ref)
        for part in as_list(schema.get("allOf"))[:_HOPS]:
            base = _merge(base, as_object(part))
        return _merge(base, own)

    def _branches(self, schema: JsonObject) -> tuple[list[JsonObject] | None, bool]:
        """Return the alternatives of a union without null (None when there is no union), and whether null was one."""
        union = next((schema[key] for key in _UNIONS if is_list(schema.get(key)) and schema[key]), None)
        if union is None:
            kinds = schema.get("type")
            if not is_list(kinds):
                return None, kinds == "null"
            union = [{**schema, "type": kind} for kind in kinds]
        branches: list[JsonObject] = []
        has_null = False
        for branch in as_list(union):
            if not is_object(branch):
                continue
            if branch.get("type") == "null" or ("const" in branch and branch["const"] is None):
                has_null = True
            elif not self._is_overwrite(branch) and branch not in branches:
                branches.append(branch)
        return (branches or [{}]), has_null

    def _is_overwrite(self, branch: JsonObject) -> bool:
        """Tell whether this is LangGraph.js' `Overwrite` wrapper, which every reducer key offers."""
        ref = as_str(branch.get("$ref"))
        target = self._lookup(ref) if ref else branch
        return list(as_object(target.get("properties"))) == ["__overwrite__"]

    def _lookup(self, ref: str) -> JsonObject:
        if ref == "#":
            return self._root
        if not ref.startswith("#/"):
            return {}
        # TypeScript names such as `Record<string,any>` or `{a:any[];}` come unescaped and may hold slashes.
        for place in ("$defs", "definitions"):
            if ref.startswith(f"#/{place}/"):
                table = as_object(self._root.get(place))
                name = ref[len(place) + 3 :]
                for spelling in (name, unquote(name), unquote(name).replace("~1", "/").replace("~0", "~")):
                    if is_object(table.get(spelling)):
                        return cast(JsonObject, table[spelling])
        at: Json = self._root
        for part in ref[2:].split("/"):
            at = as_object(at).get(unquote(part).replace("~1", "/").replace("~0", "~"))
        return as_object(at)


def chat_key(schema: Json) -> str | None:
    """Return the property that holds the conversation (a list of messages), or None."""
    reader = SchemaReader(schema)
    properties = as_object(reader.read(schema).schema.get("properties"))
    found: str | None = None
    for name, part in list(properties.items())[:500]:
        strong = is_message_list(reader, part)
        if name == "messages" and (strong or _may_be_list(reader, part)):
            return name
        if strong and found is None:
            found = name
    return found


def chat_message(schema: Json, key: str, text: str) -> JsonObject:
    """Return a human message for the list `key` of `schema`, which need not describe it."""
    reader = SchemaReader(schema)
    return human_message(reader, as_object(reader.read(schema).schema.get("properties")).get(key), text)


def human_message(reader: SchemaReader, part: Json, text: str) -> JsonObject:
    """Return a human message in the spelling that the list `part` asks for (`type`, unless only `role` is known)."""
    items = reader.read(reader.read(part).schema.get("items"))
    names = as_object(items.schema.get("properties"))
    if "role" in names and "type" not in names:
        values = _literals(reader.read(names["role"]).schema)
        return {"role": "human" if "human" in values and "user" not in values else "user", "content": text}
    # `type` passes the validation of typed messages too; `role` only passes where messages are coerced.
    return {"type": "human", "content": text}


def is_message_list(reader: SchemaReader, part: Json) -> bool:
    """Tell whether `part` describes an array of chat messages."""
    node = reader.read(part)
    candidates: Sequence[Json] = node.variants or (node.schema,)
    for candidate in candidates[:_HOPS]:
        schema = reader.read(candidate).schema
        if schema.get("type") != "array":
            continue
        items = reader.read(schema.get("items"))
        if any(_is_message(reader, branch) for branch in (items.variants or (items.schema,))[:_HOPS]):
            return True
    return False


def _is_message(reader: SchemaReader, schema: Json) -> bool:
    node = reader.read(schema)
    if node.variants:
        return any(_is_message_object(reader, reader.read(branch).schema) for branch in node.variants[:_HOPS])
    return _is_message_object(reader, node.schema)


def _is_message_object(reader: SchemaReader, schema: JsonObject) -> bool:
    names = as_object(schema.get("properties"))
    if "content" not in names:
        return False
    for name in ("type", "role"):
        if name in names and _literals(reader.read(names[name]).schema) & MESSAGE_TYPES:
            return True
    # LangChain.js describes its base class only: content next to the message's own bookkeeping.
    return "additional_kwargs" in names or "response_metadata" in names


def _literals(schema: JsonObject) -> frozenset[str]:
    values = [schema.get("const"), schema.get("default"), *as_list(schema.get("enum"))]
    return frozenset(value for value in values if isinstance(value, str))


def _may_be_list(reader: SchemaReader, part: Json) -> bool:
    node = reader.read(part)
    if node.variants:
        return any(reader.read(branch).schema.get("type", "array") == "array" for branch in node.variants[:_HOPS])
    if node.schema.get("type", "array") != "array":
        return False
    items = reader.read(node.schema.get("items")).schema
    return items.get("type", "object") == "object"


def _merge(base: JsonObject, own: JsonObject) -> JsonObject:
    """Return `base` overlaid by `own`; properties and required add up."""
    merged = {**base, **own}
    for key in ("properties", "$defs", "definitions"):
        if is_object(base.get(key)) and is_object(own.get(key)):
            merged[key] = {**as_object(base[key]), **as_object(own[key])}
    if is_list(base.get("required")) and is_list(own.get("required")):
        merged["required"] = [*as_list(base["required"]), *as_list(own["required"])]
    return merged
