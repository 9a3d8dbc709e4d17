"""What the user has prepared for the questions of one thread, apart from any widget. No Textual, no files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from studio_tui.domain.answer_shape import Act, Review, review_of, schema_answer
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.form.fields import FormSpec, fields_of
from studio_tui.domain.form.values import assemble, initial_texts
from studio_tui.domain.run_request import UNSET, Unset
from studio_tui.jsonkit.typed import parse_json, print_json
from studio_tui.jsonkit.value import Json, as_list, as_object, as_str

_KINDS = {bool: "true or false", int: "a number", float: "a number", dict: "an object", list: "a list"}


@dataclass(slots=True)
class Entry:
    """One question, and what was typed or decided for it."""

    question: Interrupt
    review: Review
    spec: FormSpec | None = None
    """The form of the answer, when the question came with a schema that has fields."""
    text: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    answer: Json | Unset = UNSET
    """The prepared answer, as it will be sent."""

    def decided(self, act: Act) -> Json | Unset:
        """Return the answer of approve or reject; UNSET when the form asks for more than yes or no."""
        if self.review.contract == "any" and self.question.response_schema:
            found = schema_answer(self.question.response_schema, act == "approve")
            return UNSET if found is None else found
        return self.review.answer(act)

    def typed(self) -> Json:
        """Return the answer that the typed text is: JSON where the graph takes anything, else the words."""
        if self.review.contract != "any":
            return self.review.answer("respond", self.text)
        value, problem = parse_json(self.text)
        return self.text if problem is not None else value

    def words(self) -> str:
        """Return how the typed text will be understood, or an empty text when that is plain (display text)."""
        if self.review.contract != "any" or not self.text.strip():
            return ""
        value, problem = parse_json(self.text)
        if problem is None:
            kind = "null" if value is None else _KINDS.get(type(value), "text, without its quotes")
            return f"Sent as {kind}." + ("" if kind.startswith("text") else " Put it in double quotes to send text.")
        if self.text.lstrip()[:1] in "{[":
            return f"Sent as text, because it is no JSON: {problem}."
        return ""

    def filled(self) -> tuple[Json, dict[str, str]]:
        """Return the form's value and its problems by field."""
        if self.spec is None:
            return None, {}
        result = assemble(self.spec, self.texts)
        return result.value, dict(result.problems)

    def edit_text(self) -> str:
        """Return what the editor starts with: the last edit, else the value that is asked about."""
        return self.text if self.text.lstrip()[:1] in ("{", "[") else print_json(self.review.editable) + "\n"

    def take_edit(self, text: str) -> str:
        """Take what came back from the editor; return why it cannot be the answer, or an empty text."""
        self.text = text.strip()
        value, problem = parse_json(text)
        if problem is not None:
            return f"The JSON does not parse: {problem}. Press the key again to go on editing."
        wrong = self.review.edit_problem(value)
        if wrong:
            return f"Not taken: {wrong}."
        self.answer = self.review.answer("edit", value)
        return ""


class AnswerSheet:
    """The questions that wait now; entries of earlier ones are kept as long as the thread is."""

    def __init__(self) -> None:
        self.thread = ""
        self.entries: list[Entry] = []
        self.at = 0
        self.together = False
        """Whether answers are collected and then sent in one request."""
        self._known: dict[str, Entry] = {}

    def take(self, thread: str, questions: Sequence[Interrupt]) -> bool:
        """Take what is asked now; return whether that is something else than before."""
        if thread != self.thread:
            self._known.clear()
            self.thread, self.at, self.together = thread, 0, False
        elif [entry.question for entry in self.entries] == list(questions):
            return False
        current = self.current.question.key if self.entries else ""
        self.entries = [self._entry(question) for question in questions]
        keys = [entry.question.key for entry in self.entries]
        self.at = keys.index(current) if current in keys else 0
        self.together = self.together and len(self.entries) > 1
        return True

    @property
    def current(self) -> Entry:
        """The question that is shown; there must be one."""
        return self.entries[self.at]

    @property
    def prepared(self) -> dict[str, Json]:
        """The prepared answers by their questions' keys."""
        return {entry.question.key: entry.answer for entry in self.entries if not isinstance(entry.answer, Unset)}

    def move(self, delta: int) -> None:
        """Show another question, around the ends."""
        self.at = (self.at + delta) % max(1, len(self.entries))

    def prepare(self, value: Json) -> None:
        """Keep the answer of the shown question, and show the next one without an answer."""
        self.current.answer = value
        following = [(self.at + offset) % len(self.entries) for offset in range(1, len(self.entries))]
        self.at = next((at for at in following if isinstance(self.entries[at].answer, Unset)), self.at)

    def forget(self, keys: Sequence[str]) -> None:
        """Drop what was prepared for questions that were answered."""
        for key in keys:
            self._known.pop(key, None)

    def dump(self) -> str:
        """Return what was typed and prepared as a draft keeps it; empty when there is nothing."""
        kept = []
        for entry in self._known.values():
            if entry.text or entry.answer is not UNSET or entry.texts != _fresh(entry.spec):
                item = {"key": entry.question.key, "value": entry.question.value, "text": entry.text}
                answer = {} if isinstance(entry.answer, Unset) else {"answer": entry.answer}
                kept.append({**item, "texts": entry.texts, **answer})
        return json.dumps({"together": self.together, "answers": kept}) if kept else ""

    def restore(self, text: str) -> bool:
        """Take a draft back, for the questions that still ask the same; return whether anything was."""
        try:
            data = as_object(json.loads(text))
        except (ValueError, RecursionError):
            return False
        found = False
        for item in map(as_object, as_list(data.get("answers"))):
            entry = self._known.get(as_str(item.get("key")))
            if entry is None or entry.question.value != item.get("value") or entry.text or entry.answer is not UNSET:
                continue
            entry.text = as_str(item.get("text"))
            texts = as_object(item.get("texts"))
            entry.texts = {**entry.texts, **{key: part for key, part in texts.items() if isinstance(part, str)}}
            entry.answer = item.get("answer", UNSET)
            found = True
        self.together = self.together or (found and data.get("together") is True and len(self.entries) > 1)
        return found

    def _entry(self, question: Interrupt) -> Entry:
        known = self._known.get(question.key)
        if known is not None and known.question.value == question.value and same_form(known.question, question):
            known.question = question  # the state names nodes and namespaces that the stream did not
            return known
        entry = self._known[question.key] = entry_for(question)
        return entry


def entry_for(question: Interrupt) -> Entry:
    """Return a fresh entry for a question."""
    review = review_of(question.value)
    spec = fields_of(question.response_schema) if question.response_schema and review.contract == "any" else None
    if spec is not None and (spec.problem or not spec.fields):
        spec = None
    return Entry(question, review, spec, texts=_fresh(spec))


def same_form(one: Interrupt, other: Interrupt) -> bool:
    """Tell whether two questions want the same form filled in."""
    return bool(one.response_schema == other.response_schema)


def _fresh(spec: FormSpec | None) -> dict[str, str]:
    return {} if spec is None else initial_texts(spec)
