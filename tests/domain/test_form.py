"""The form engine: any schema becomes fields, and texts and JSON mean the same in both directions."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.domain.form.checks import check, type_words
from studio_tui.domain.form.fields import MOST_FIELDS, Field, FormSpec, fields_of
from studio_tui.domain.form.schema import chat_key, chat_message
from studio_tui.domain.form.values import (
    assemble,
    default_text,
    initial_texts,
    same,
    skeleton,
    texts_of,
    visible_fields,
)
from studio_tui.jsonkit.typed import depth, parse_json, print_json
from studio_tui.jsonkit.value import Json
from tests.recordings import recorded_schema
from tests.work import lines_run


def the(spec: FormSpec, key: str) -> Field:
    return next(field for field in spec.fields if field.key == key)


def form(properties: dict[str, Json], *required: str, **more: Json) -> FormSpec:
    return fields_of({"type": "object", "properties": properties, "required": list(required), **more})


@pytest.mark.parametrize("server", ["py", "js", "aegra", "py-0.0.46"])
def test_the_message_list_of_every_server_is_found(server: str) -> None:
    assert chat_key(recorded_schema(server, "chat")) == "messages"
    assert the(fields_of(recorded_schema(server, "chat")), "/messages").kind == "messages"


def test_graphs_without_messages_have_no_chat_key() -> None:
    for server, graph in (("py", "io"), ("py", "func"), ("js", "steps"), ("js", "zodio")):
        assert chat_key(recorded_schema(server, graph)) is None
    assert chat_key(None) is None
    assert chat_key({"type": "object", "properties": {"messages": {"type": "string"}}}) is None


def test_a_message_list_of_another_name_is_found_and_spelled_as_its_items_ask() -> None:
    role: Json = {"enum": ["user", "assistant"]}
    item: Json = {"type": "object", "properties": {"role": role, "content": {"type": "string"}}}
    schema: Json = {
        "type": "object",
        "properties": {"topic": {"type": "string"}, "dialogue": {"type": "array", "items": item}},
    }
    assert chat_key(schema) == "dialogue"
    assert chat_message(schema, "dialogue", "hi") == {"role": "user", "content": "hi"}
    assert chat_message(recorded_schema("py", "chat"), "messages", "hi") == {"type": "human", "content": "hi"}


def test_the_recorded_form_has_the_fields_with_their_bounds() -> None:
    spec = fields_of(recorded_schema("py", "io"))
    assert [(field.key, field.kind, field.required) for field in spec.fields] == [
        ("/question", "text", True),
        ("/k", "integer", False),
        ("/mode", "choice", False),
    ]
    assert type_words(the(spec, "/k")) == "whole number from 1 to 10"
    assert default_text(the(spec, "/k")) == "3"
    assert [choice.label for choice in the(spec, "/mode").choices] == ["fast", "deep"]


def test_unset_optional_fields_are_not_sent() -> None:
    spec = fields_of(recorded_schema("py", "io"))
    assert assemble(spec, {"/question": "why?"}).value == {"question": "why?"}
    assert assemble(spec, {"/question": "why?", "/k": "4", "/mode": "deep"}).value == {
        "question": "why?",
        "k": 4,
        "mode": "deep",
    }


def test_what_is_missing_or_wrong_is_said_at_its_field() -> None:
    spec = fields_of(recorded_schema("py", "io"))
    problems = assemble(spec, {"/k": "77", "/mode": "slow"}).problems
    assert problems == {
        "/question": 'Required. Type "" for an empty text.',
        "/k": "Must be from 1 to 10.",
        "/mode": "Choose one of: fast, deep.",
    }


def test_scalar_inputs_of_functional_graphs() -> None:
    spec = fields_of(recorded_schema("py", "func"))
    assert [field.kind for field in spec.fields] == ["integer"]
    assert assemble(spec, {"": "42"}).value == 42
    assert assemble(spec, {"": "x"}).problems == {"": "Must be a whole number, such as 3."}
    assert texts_of(spec, 7).texts == {"": "7"}


def test_the_overwrite_wrapper_of_javascript_is_no_alternative() -> None:
    spec = fields_of(recorded_schema("js", "steps"))
    assert the(spec, "/log").kind == "list"
    assert assemble(spec, {"/log": "a\nb", "/x": "1.5"}).value == {"log": ["a", "b"], "x": 1.5}


def test_null_as_default_of_a_plain_field_is_no_default() -> None:
    spec = fields_of(recorded_schema("py", "weird", "state_schema"))
    assert default_text(the(spec, "/n")) == ""
    assert the(spec, "/doc").kind == "group"
    assert the(spec, "/doc/when").limits.format == "date-time"
    assert assemble(spec, {}).value == {}


def test_an_optional_object_counts_only_when_something_in_it_is_filled_in() -> None:
    address: Json = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}, "zip": {}}}
    spec = form({"address": address})
    assert assemble(spec, {}) == assemble(spec, {})
    assert assemble(spec, {}).problems == {}
    assert assemble(spec, {"/address/zip": "1"}).problems == {"/address/city": 'Required. Type "" for an empty text.'}
    assert assemble(spec, {"/address/city": "Rome"}).value == {"address": {"city": "Rome"}}
    assert assemble(form({"address": address}, "address"), {}).problems == {
        "/address/city": 'Required. Type "" for an empty text.'
    }


VARIANTS: dict[str, Json] = {
    "tool": {
        "oneOf": [
            {"$ref": "#/$defs/Search"},
            {"title": "Calc", "type": "object", "properties": {"type": {"const": "calc"}, "expr": {"type": "string"}}},
            {"type": "integer"},
        ]
    }
}
DEFS: Json = {
    "Search": {
        "type": "object",
        "required": ["type", "query"],
        "properties": {"type": {"const": "search"}, "query": {"type": "string"}},
    }
}


def test_alternatives_are_chosen_and_constants_fill_themselves_in() -> None:
    spec = form(VARIANTS, **{"$defs": DEFS})
    tool = the(spec, "/tool")
    assert tool.labels == ("search", "Calc", "whole number")
    assert [field.key for field in visible_fields(spec, {})] == ["/tool"]
    shown = [field.key for field in visible_fields(spec, {"/tool": "search"})]
    assert shown == ["/tool", "/tool?0/query"]
    texts = {"/tool": "search", "/tool?0/query": "cats"}
    assert assemble(spec, texts).value == {"tool": {"type": "search", "query": "cats"}}
    assert assemble(spec, {"/tool": "search"}).problems == {"/tool?0/query": 'Required. Type "" for an empty text.'}
    assert texts_of(spec, {"tool": {"type": "search", "query": "cats"}}).texts == texts
    assert texts_of(spec, {"tool": 5}).texts == {"/tool": "whole number", "/tool?2": "5"}


def test_recursive_schemas_end_in_a_json_field() -> None:
    node: Json = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/Node"}}}
    spec = fields_of({"$ref": "#/$defs/Node", "$defs": {"Node": node}})
    assert [(field.key, field.kind) for field in spec.fields] == [("/name", "text"), ("/next", "json")]
    loop: Json = {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}}
    assert fields_of(loop).root.kind == "json"


def test_typescript_definition_names_and_pointers_resolve() -> None:
    schema: Json = {
        "type": "object",
        "properties": {
            "a": {"$ref": "#/definitions/Record<string,a/b>"},
            "b": {"$ref": "#/$defs/x~1y"},
            "c": {"$ref": "https://elsewhere/schema"},
        },
        "definitions": {"Record<string,a/b>": {"type": "integer"}},
        "$defs": {"x/y": {"type": "boolean"}},
    }
    assert [field.kind for field in fields_of(schema).fields] == ["integer", "boolean", "json"]


def test_nullable_fields_take_null_and_others_do_not() -> None:
    spec = form(
        {
            "a": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "b": {"type": ["string", "null"]},
            "c": {"type": "integer"},
        }
    )
    assert assemble(spec, {"/a": "null", "/b": "null"}).value == {"a": None, "b": None}
    assert assemble(spec, {"/b": '"null"'}).value == {"b": "null"}
    assert assemble(spec, {"/c": "null"}).problems == {"/c": "Must be a whole number, such as 3."}
    assert texts_of(spec, {"a": None, "b": "null"}).texts == {"/a": "null", "/b": '"null"'}


@pytest.mark.parametrize(
    ("schema", "text", "said"),
    [
        ({"type": "integer"}, "3.0", "Must be a whole number, such as 3."),
        ({"type": "integer", "minimum": 5}, "x", "Must be a whole number, such as 5."),
        ({"type": "integer", "minimum": 1}, "0", "Must be 1 or more."),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "1", "Must be more than 0 and less than 1."),
        ({"type": "number"}, "nan", "Must be a number, such as 0.5."),
        ({"type": "number"}, "1e999", "This number is too large."),
        ({"type": "integer", "multipleOf": 5}, "7", "Must be a multiple of 5."),
        ({"type": "string", "minLength": 3}, "ab", "At least 3 characters; there are 2."),
        ({"type": "string", "maxLength": 1}, "ab", "At most 1 character; there are 2."),
        ({"type": "string", "pattern": "^[0-9]{5}$"}, "abc", "Must match the pattern ^[0-9]{5}$"),
        ({"type": "string", "format": "uuid"}, "abc", "Not a valid UUID."),
        ({"type": "string", "format": "date"}, "soon", "Not a valid date (2026-01-31)."),
        ({"type": "array", "items": {"type": "integer"}}, "1, x", "Item 2: Must be a whole number, such as 3."),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2}, "a", "At least 2 items; there is 1."),
        (
            {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "a\na",
            "Every item may occur only once.",
        ),
        ({}, "{", "Not JSON: line 1, column 2: a key in double quotes is expected here"),
    ],
)
def test_wrong_values_are_refused_in_words(schema: Json, text: str, said: str) -> None:
    assert check(the(form({"x": schema}), "/x"), text).problem == said


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "integer"}, " 12345678901234567890123 ", 12345678901234567890123),
        ({"type": "number"}, "-.5e3", -500.0),
        ({"type": "number"}, "7", 7),
        ({"type": "string"}, '""', ""),
        ({"type": "string"}, "a\nb", "a\nb"),
        ({"type": "boolean"}, "no", False),
        ({"enum": [1, "1", None, True]}, "1", 1),
        ({"enum": [1, "1", None, True]}, '"1"', "1"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "a, b", ["a", "b"]),
        ({"type": "array", "items": {"type": "string"}}, "a, b", ["a, b"]),
        ({"type": "array", "items": {"type": "string"}}, '["x", "y"]', ["x", "y"]),
        ({}, '{"a": [1]}', {"a": [1]}),
    ],
)
def test_right_values_are_taken(schema: Json, text: str, value: Json) -> None:
    checked = check(the(form({"x": schema}), "/x"), text)
    assert checked.is_set
    assert same(checked.value, value)


def test_a_hostile_pattern_cannot_hang_the_form() -> None:
    """A pattern that is tried as it stands takes longer than the universe lasts: this test comes back, or it fails."""
    for pattern in ("(a+)+$", "^(a|a)*$", ".*.*.*.*=", "(?=(a+))\\1b", "[", "a{99999999}"):
        check(the(form({"x": {"type": "string", "pattern": pattern}}), "/x"), "a" * 150 + "!")


def test_what_has_no_field_survives_the_way_through_the_form() -> None:
    spec = fields_of(recorded_schema("py", "io"))
    value: Json = {"question": "q", "k": "not a number", "unknown": {"deep": [1]}, "mode": "other"}
    filled = texts_of(spec, value)
    assert filled.texts == {"/question": "q", "/k": "not a number"}
    assert filled.rest == {"unknown": {"deep": [1]}, "mode": "other"}
    assert assemble(spec, filled.texts, filled.rest).value == value


def test_a_value_that_is_no_object_is_kept_whole() -> None:
    spec = fields_of(recorded_schema("py", "io"))
    filled = texts_of(spec, [1, 2])
    assert filled.has_rest
    assert assemble(spec, filled.texts, filled.rest).value == [1, 2]


def test_messages_are_typed_as_text_or_as_json() -> None:
    spec = fields_of(recorded_schema("py", "chat"))
    assert assemble(spec, {"/messages": "hi"}).value == {"messages": [{"type": "human", "content": "hi"}]}
    both = '[{"type": "system", "content": "be kind"}, {"type": "human", "content": "hi"}]'
    assert assemble(spec, {"/messages": both}).value == {"messages": json.loads(both)}
    assert texts_of(spec, {"messages": [{"type": "human", "content": "hi"}]}).texts == {"/messages": "hi"}


def test_a_fresh_form_starts_with_the_defaults_of_required_fields() -> None:
    spec = form({"a": {"type": "string", "default": "x"}, "b": {"type": "string", "default": "y"}}, "a")
    assert initial_texts(spec) == {"/a": "x"}


@pytest.mark.parametrize(
    ("server", "graph", "expected"),
    [
        ("py", "chat", {"messages": [{"type": "human", "content": ""}]}),
        ("py", "io", {"question": "hi"}),
        ("py", "func", 0),
        ("js", "steps", {"x": 0, "log": []}),
    ],
)
def test_json_text_starts_from_a_skeleton(server: str, graph: str, expected: Json) -> None:
    schema = recorded_schema(server, graph)
    assert skeleton(schema, fields_of(schema)) == expected


def test_big_schemas_are_little_work_and_bounded() -> None:
    wide: dict[str, Json] = {f"field_{index}": {"type": "string"} for index in range(5000)}
    spec = form(wide)
    deep: Json = {"type": "string"}
    for _ in range(150):
        deep = {"type": "object", "properties": {"a": deep, "b": deep}}
    assert lines_run(lambda: form(wide)) < 1_000_000
    assert lines_run(lambda: fields_of(deep)) < 1_000_000
    assert len(spec.fields) < MOST_FIELDS + 2
    assert len(spec.omitted) == 5000 - len(spec.fields)


def test_hints_of_open_agent_platform_are_used() -> None:
    hints: Json = {"x_oap_ui_config": {"type": "slider", "min": 0, "max": 2, "default": 0.7, "description": "Warmth"}}
    options: Json = {"x_oap_ui_config": {"type": "select", "options": [{"label": "GPT", "value": "gpt"}]}}
    spec = form({"t": {"type": "number", "metadata": hints}, "m": {"type": "string", "metadata": options}})
    assert (the(spec, "/t").description, default_text(the(spec, "/t"))) == ("Warmth", "0.7")
    assert check(the(spec, "/t"), "3").problem == "Must be from 0 to 2."
    assert check(the(spec, "/m"), "gpt (GPT)").value == "gpt"


KEYWORDS = (
    *("type", "properties", "items", "anyOf", "oneOf", "allOf", "$ref", "$defs", "enum", "const", "default", "format"),
    *("required", "minimum", "maxLength", "pattern", "title", "description", "examples", "metadata", "a", "b"),
)
WORDS = ("string", "object", "array", "null", "integer", "#", "#/$defs/a", "#/properties/a", "a", "b", "^(", "date")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(WORDS)
ODD = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=6),
    max_leaves=40,
)
TYPED = st.recursive(
    st.sampled_from(["string", "integer", "number", "boolean", "null"]).map(lambda kind: {"type": kind})
    | st.lists(st.sampled_from(["a", "b", 1, None, True]), min_size=1).map(lambda values: {"enum": values}),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts})
        | inner.map(lambda part: {"type": "array", "items": part})
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, min_size=1).map(
            lambda parts: {"type": "object", "properties": parts, "required": list(parts)[:1]}
        )
    ),
    max_leaves=8,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(schema=ODD | TYPED, value=VALUES)
def test_any_schema_and_any_value_pass_without_loss(schema: Json, value: Json) -> None:
    spec = fields_of(schema)
    chat_key(schema)
    skeleton(schema, spec)
    for field in spec.fields:
        type_words(field)
    filled = texts_of(spec, value)
    again = assemble(spec, filled.texts, filled.rest)
    visible_fields(spec, filled.texts)
    if not again.problems and value is not None and not _fills_itself_in(spec):
        assert same(again.value, value)


def _fills_itself_in(spec: FormSpec) -> bool:
    """Constants and required objects are there even when the value left them out."""
    inner = (field for field in spec.fields if field.required and field.kind == "group")
    return any(field.kind == "const" for field in (spec.root, *spec.fields)) or next(inner, None) is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no JSON here yet"),
        ('{"a": 1,}', "line 1, column"),
        ("{'a': 1}", "line 1, column 2: a key in double quotes is expected here"),
        ('{"a": "x}', "line 1, column 7: this text has no closing quote"),
        ('{"a": 1}\nx', "line 2, column 1: there is text after the end of the value"),
        ("[1, ]", "line 1, column"),
        ("NaN", "NaN is no JSON number"),
        ('"\\ud83d"', "half of a surrogate pair"),
        ("[" * 5000, "the value is nested more than 200 levels deep"),
        ("[" * 300 + "]" * 300, "the value is nested more than 200 levels deep"),
        ("1" * 5000, "a number has more than 4300 digits"),
    ],
)
def test_json_problems_are_told_in_words_at_their_place(text: str, said: str) -> None:
    value, problem = parse_json(text)
    assert value is None
    assert str(problem).startswith(said)


def test_printed_json_holds_no_steering_character_and_reads_back() -> None:
    value: Json = {"a": "\x1b]52;c;x\x07 \u202e \x9b \U000e0041 日本 👩\u200d🚀", "b": "\u2028"}
    text = print_json(value)
    assert not set(text) & set("\x1b\x07\u202e\x9b\u2028\U000e0041\u200d")
    assert json.loads(text) == value
    assert "日本" in text


def test_depth_counts_levels() -> None:
    assert (depth(1), depth([]), depth([[{"a": 1}]])) == (0, 1, 3)
