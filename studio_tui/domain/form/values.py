"""Between the texts of a form's fields and the JSON they mean, in both directions and without loss."""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec import Struct
from msgspec import field as attribute

from studio_tui.domain.form.checks import EMPTY, UNSET, Checked, check
from studio_tui.domain.form.fields import Field, FormSpec
from studio_tui.domain.form.schema import chat_key, chat_message
from studio_tui.jsonkit.typed import parse_json, print_json
from studio_tui.jsonkit.value import Json, JsonObject, as_object, is_list, is_object
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean

Texts = Mapping[str, str]
"""What stands in each field, by `Field.key`; absent is empty. A variant's text is the label chosen."""


class Assembled(Struct, frozen=True):
    """The JSON of a form, and what is wrong by field key; `is_set` is False when nothing was filled in."""

    value: Json = None
    is_set: bool = False
    problems: Mapping[str, str] = attribute(default_factory=dict)


class Filled(Struct, frozen=True):
    """The texts for a JSON value, and what of it has no field (`rest`: an object, or the whole value)."""

    texts: Texts
    rest: Json = None
    has_rest: bool = False


class _Run(Struct):
    texts: Texts
    problems: dict[str, str]


def assemble(spec: FormSpec, texts: Texts, rest: Json = None) -> Assembled:
    """Return the JSON that the fields mean, on top of `rest` (values without a field). Unset fields are left out."""
    run = _Run(texts, {})
    built, missing = _build(run, spec.root)
    run.problems.update(missing)
    value, is_set = built.value, built.is_set
    if is_object(rest) and (is_object(value) or not is_set):
        value, is_set = overlay(rest, as_object(value)), is_set or bool(rest)
    elif rest is not None and not (is_set and value):
        value, is_set = rest, True
    return Assembled(value, is_set or built.is_set, run.problems)


def wrong_in(spec: FormSpec, problems: Mapping[str, str]) -> str:
    """Say what is wrong (safe text): the first field with its problem, then how many there are besides."""
    key, problem = next(iter(problems.items()))
    name = next((field.name or field.title for field in spec.fields if field.key == key), "") or "input"
    more = len(problems) - 1
    others = f" {plural(more, 'more field needs', 'more fields need')} attention." if more else ""
    return f"{clean(name, 30)}: {clean(problem, 200)}{others}"


def initial_texts(spec: FormSpec) -> dict[str, str]:
    """Return the texts of a fresh form: required fields that have a default start with it."""
    texts: dict[str, str] = {}
    _initial(spec.root, texts)
    return texts


def texts_of(spec: FormSpec, value: Json) -> Filled:
    """Return the texts that show `value` in the form. `assemble(spec, texts, rest)` gives `value` back."""
    texts: dict[str, str] = {}
    rest = _fill(spec.root, value, texts)
    return Filled(texts, rest.value, rest.is_set)


def default_text(field: Field) -> str:
    """Return how the field's default is spelled in the field, or an empty text when it has none."""
    return "" if field.default is None else _spelling(field, field.default) or ""


def visible_fields(spec: FormSpec, texts: Texts) -> list[Field]:
    """Return the fields that have a row right now: of each variant, those of the alternative that is chosen."""
    shown: list[Field] = []
    _collect(spec.root, texts, shown, own_row=spec.root.kind != "group")
    return shown


def skeleton(schema: Json, spec: FormSpec) -> Json:
    """Return a value to start editing from: the required fields, else all of them, each empty or at its default."""
    key = chat_key(schema)
    value = _skeleton(spec.root)
    if key is not None and is_object(value) and (key in value or not value):
        return {**value, key: [chat_message(schema, key, "")]}
    return value


def overlay(base: JsonObject, top: JsonObject) -> JsonObject:
    """Return `base` with `top` laid over it, object by object."""
    merged = dict(base)
    for name, value in top.items():
        old = merged.get(name)
        merged[name] = overlay(old, value) if is_object(old) and is_object(value) else value
    return merged


def _collect(field: Field, texts: Texts, shown: list[Field], *, own_row: bool) -> None:
    if field.kind == "const":
        return
    if own_row:
        shown.append(field)
    if field.kind == "group":
        for child in field.children:
            _collect(child, texts, shown, own_row=True)
    elif field.kind == "variant":
        label = texts.get(field.key, "")
        if label in field.labels:
            # The chosen alternative needs no heading of its own: the choice above it is one.
            chosen = field.children[field.labels.index(label)]
            _collect(chosen, texts, shown, own_row=chosen.kind != "group")


def _build(run: _Run, field: Field) -> tuple[Checked, dict[str, str]]:
    """Return the field's value and the missing required fields in it (they count once the parent is in use)."""
    if field.kind == "group":
        return _build_group(run, field)
    if field.kind == "variant":
        return _build_variant(run, field)
    checked = check(field, run.texts.get(field.key, ""))
    if checked.problem:
        run.problems[field.key] = checked.problem
        # A wrong value means that its group is in use, and is carried along to other modes; it is never sent.
        return Checked(_as_typed(run.texts[field.key]), True), {}
    if not checked.is_set and field.required:
        return UNSET, {field.key: _required_words(field)}
    return checked, {}


def _build_group(run: _Run, field: Field) -> tuple[Checked, dict[str, str]]:
    value: dict[str, Json] = {}
    missing: dict[str, str] = {}
    used = False
    for child in field.children:
        built, absent = _build(run, child)
        missing.update(absent)
        if child.kind == "const":
            if child.required:
                value[child.name] = built.value
        elif built.is_set:
            used = used or not _is_automatic(child)
            value[child.name] = built.value
    if field.required or used:
        return Checked(value, True), missing
    return UNSET, {}


def _build_variant(run: _Run, field: Field) -> tuple[Checked, dict[str, str]]:
    label = run.texts.get(field.key, "")
    if field.nullable and label == "null":
        return Checked(None, True), {}
    if label in field.labels:
        return _build(run, field.children[field.labels.index(label)])
    if label:
        run.problems[field.key] = "Choose one of the alternatives."
        return UNSET, {}
    return UNSET, {field.key: "Required: choose one of the alternatives."} if field.required else {}


def _is_automatic(field: Field) -> bool:
    """Tell whether a required group without anything filled in stands here; it must not wake its optional parent."""
    return field.kind == "group" and field.required and not any(child.required for child in field.children)


def _required_words(field: Field) -> str:
    if field.kind == "text":
        return f"Required. Type {EMPTY} for an empty text."
    if field.kind in ("choice", "boolean"):
        return "Required: choose a value."
    return "Required."


def _initial(field: Field, texts: dict[str, str]) -> None:
    if field.kind == "group":
        if field.required:
            for child in field.children:
                _initial(child, texts)
    elif field.kind == "variant":
        if field.required and field.labels:
            texts[field.key] = field.labels[0]
            _initial(field.children[0], texts)
    elif field.required and field.default is not None:
        filled: dict[str, str] = {}
        if not _fill(field, field.default, filled).is_set:
            texts.update(filled)


def _fill(field: Field, value: Json, texts: dict[str, str]) -> Checked:
    """Put `value` into `texts`; return what did not fit."""
    if field.kind == "group":
        return _fill_group(field, value, texts)
    if field.kind == "variant":
        return _fill_variant(field, value, texts)
    text = _text_for(field, value)
    if text is None:
        return Checked(value, True)
    if text:
        texts[field.key] = text
    return UNSET


def _fill_group(field: Field, value: Json, texts: dict[str, str]) -> Checked:
    if not is_object(value):
        return Checked(value, True)
    children = {child.name: child for child in field.children}
    rest: dict[str, Json] = {}
    filled = 0
    for name, part in value.items():
        child = children.get(name)
        left = Checked(part, True) if child is None else _fill(child, part, texts)
        if left.is_set:
            rest[name] = left.value
        else:
            filled += 1
    # An optional object that is there but empty has no field to say so.
    if not field.required and not filled:
        return Checked(value, True)
    return Checked(rest, True) if rest else UNSET


def _fill_variant(field: Field, value: Json, texts: dict[str, str]) -> Checked:
    if value is None and field.nullable:
        texts[field.key] = "null"
        return UNSET
    for label, child in zip(field.labels, field.children, strict=True):
        trial: dict[str, str] = {}
        if _fill(child, value, trial).is_set:
            continue
        run = _Run(trial, {})
        built, missing = _build(run, child)
        if not missing and not run.problems and built.is_set and same(built.value, value):
            texts[field.key] = label
            texts.update(trial)
            return UNSET
    return Checked(value, True)


def _text_for(field: Field, value: Json) -> str | None:
    """Return the text that means `value` in this field, or None when no text does."""
    if field.kind == "const":
        return "" if same(value, field.default) else None
    if value is None and field.nullable:
        return "null"
    text = _spelling(field, value)
    if text is None:
        return None
    checked = check(field, text)
    # What breaks a rule is shown with its problem; what would silently become another value is not shown.
    return text if checked.problem or (checked.is_set and same(checked.value, value)) else None


def _spelling(field: Field, value: Json) -> str | None:
    if field.kind in ("choice", "boolean"):
        return next((choice.label for choice in field.choices if same(choice.value, value)), None)
    if field.kind == "text":
        if not isinstance(value, str):
            return None
        return EMPTY if value == "" else '"null"' if value == "null" and field.nullable else value
    if field.kind == "list":
        return _list_spelling(value)
    if field.kind == "messages":
        return _messages_spelling(field, value)
    if field.kind == "json":
        return print_json(value)
    if isinstance(value, str) and check(field, value).problem:
        return value
    return print_json(value, indent=None)


def _as_typed(text: str) -> Json:
    value, problem = parse_json(text)
    return text if problem else value


def _list_spelling(value: Json) -> str | None:
    if not is_list(value):
        return None
    plain = [item for item in value if isinstance(item, str) and item.strip() and "\n" not in item and item != EMPTY]
    if value and len(plain) == len(value) and not plain[0].lstrip().startswith("["):
        return "\n".join(plain)
    return print_json(value, indent=None)


def _messages_spelling(field: Field, value: Json) -> str:
    if is_list(value) and len(value) == 1 and is_object(value[0]):
        content = value[0].get("content")
        if isinstance(content, str) and same(value[0], {**as_object(field.example), "content": content}):
            return content
    return print_json(value)


def _skeleton(field: Field) -> Json:
    if field.kind == "group":
        wanted = [child for child in field.children if child.required] or list(field.children[:20])
        return {child.name: _skeleton(child) for child in wanted}
    if field.kind == "variant":
        return _skeleton(field.children[0]) if field.children else None
    if field.default is not None:
        return field.default
    if field.example is not None:
        return field.example
    if field.kind in ("choice", "boolean") and field.choices:
        return field.choices[-1 if field.kind == "boolean" else 0].value
    if field.kind in ("integer", "number"):
        low = field.limits.minimum
        return low if low is not None and low > 0 else 0
    return {"text": "", "list": [], "messages": []}.get(field.kind)


def same(left: Json, right: Json) -> bool:
    """Tell whether two JSON values are equal, booleans and numbers told apart at every depth."""
    return bool(left == right) and json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
