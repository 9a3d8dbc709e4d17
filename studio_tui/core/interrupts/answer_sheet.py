"""What the user has prepared for the questions of one thread, apart from any widget. No Textual, no files."""

from __future__ import annotations

import json
from collections.abc import Sequence

from msgspec import Struct, field

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.form.conforms import misfits
from studio_tui.domain.form.fields import FormSpec, fields_of
from studio_tui.domain.form.schema import SchemaReader
from studio_tui.domain.form.values import initial_texts
from studio_tui.domain.interrupts.answer_shape import Act, ActionShape, AnswerShape, schema_answer, shape_of
from studio_tui.domain.run_request import UNSET, Unset
from studio_tui.jsonkit.typed import object_in, parse_json, print_json
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str

_KINDS = {bool: "true or false", int: "a number", float: "a number", dict: "an object", list: "a list"}


class PreparedAnswer(Struct):
    """One question, or one action of a question that asks about several; and what was typed or decided for it."""

    question: Interrupt
    shape: AnswerShape
    part: int = 0
    """Which action of the question, from 0."""
    spec: FormSpec | None = None
    """The form of the answer, when the question came with a schema that has fields."""
    text: str = ""
    json: str = ""
    """What the editor came back with last, where the contract takes an edit of its own."""
    texts: dict[str, str] = field(default_factory=dict)
    answer: Json | Unset = UNSET
    """What is prepared: the answer as it will be sent, or the decision on this action where there are several."""
    act: Act = "respond"
    """What the typed text is for: an answer, or the words of a rejection."""
    edited: Json | Unset = UNSET
    """What the editor made of what is asked about, where that is the answer."""

    @property
    def review(self) -> ActionShape:
        return self.shape.reviews[self.part]

    def _answer(self, act: Act, content: Json = None) -> Json:
        decision = self.review.decision(act, content)
        return self.shape.whole([decision]) if self.shape.single else decision

    def decided(self, act: Act) -> Json | Unset:
        """Return the answer of approve or reject; UNSET when the form asks for more than yes or no."""
        if self.review.contract == "any" and self.question.response_schema:
            found = schema_answer(self.question.response_schema, act == "approve")
            return UNSET if found is None else found
        return self._answer(act)

    def typed(self) -> Json:
        """Return the answer that the typed text is: JSON where the graph takes anything, else the words."""
        if self.review.contract != "any":
            return self._answer("explain" if self.act == "explain" else "respond", self.text)
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

    def edit_text(self) -> str:
        """Return what the editor starts with: the last edit, else the value that is asked about."""
        before = self.text if self.review.contract == "any" else self.json
        return before if before.lstrip()[:1] in ("{", "[") else print_json(self.review.editable) + "\n"

    @property
    def was_edited(self) -> bool:
        """Whether the editor starts with an earlier edit."""
        return self.is_own(self.edit_text())

    def is_own(self, text: str) -> bool:
        """Whether somebody wrote this text of the editor, now or earlier: it is more than what is asked about."""
        return text.strip() not in ("", print_json(self.review.editable).strip())

    def put(self, text: str, *, words: bool = False) -> None:
        """Let the editor start with this the next time; `words`: that for an answer in words."""
        if words or self.review.contract == "any":
            self.text = text.strip()
        else:
            self.json = text.strip()

    @property
    def written(self) -> str:
        """What was typed in words, or into the form as JSON of its texts; empty where that is nothing."""
        if self.spec is None:
            return self.text
        return print_json(dict(self.texts)) if self.texts != _fresh(self.spec) else ""

    def take_edit(self, text: str) -> str:
        """Take what came back from the editor; return why it cannot be the answer, or an empty text."""
        self.put(text)
        value, problem = parse_json(text)
        if problem is not None:
            return f"The JSON does not parse: {problem}. Press the key again to go on editing."
        answer = self._answer("edit", value)
        wrong = self.review.edit_problem(value) or self.misfit(answer)
        if wrong:
            return f"Not taken: {wrong}."
        self.answer, self.edited = answer, value
        return ""

    def drop(self) -> None:
        """Take the prepared answer back; what was typed stays."""
        self.answer = self.edited = UNSET

    def misfit(self, answer: Json) -> str:
        """Return why the question's own schema does not take an answer (safe text); empty when it does."""
        if self.shape.contract != "approval" or not self.question.response_schema:
            return ""
        decision = as_object(answer)
        return "; ".join(misfits(decision_schema(self.question.response_schema, decision), decision))


class AnswerSheet:
    """The questions that wait now; entries of earlier ones are kept as long as the thread is."""

    def __init__(self) -> None:
        self.thread = ""
        self.entries: list[PreparedAnswer] = []
        """In the order of the questions, and of the actions in them."""
        self.at = 0
        self.together = False
        """Whether answers are collected and then sent in one request."""
        self._known: dict[tuple[str, int], PreparedAnswer] = {}

    def take(self, thread: str, questions: Sequence[Interrupt]) -> bool:
        """Take what is asked now; return whether that is something else than before."""
        if thread != self.thread:
            self._known.clear()
            self.thread, self.at, self.together = thread, 0, False
        elif self.questions == list(questions):
            return False
        current = self._place(self.current) if self.entries else ("", 0)
        self.entries = [entry for question in questions for entry in self._entries(question)]
        keys = [self._place(entry) for entry in self.entries]
        self.at = keys.index(current) if current in keys else 0
        self.together = self.together and len(self.questions) > 1
        return True

    @property
    def questions(self) -> list[Interrupt]:
        return [entry.question for entry in self.entries if entry.part == 0]

    @property
    def collecting(self) -> bool:
        """Whether an answer to what is shown is kept until all of its request is ready."""
        return self.together or not self.current.shape.single

    @property
    def undecided(self) -> list[PreparedAnswer]:
        """Actions without a decision in questions whose other actions have one: they keep those from being sent."""
        begun = {
            entry.question.key
            for entry in self.entries
            if not entry.shape.single and not isinstance(entry.answer, Unset)
        }
        return [entry for entry in self.entries if entry.question.key in begun and isinstance(entry.answer, Unset)]

    @property
    def current(self) -> PreparedAnswer:
        """There must be a question."""
        return self.entries[self.at]

    @property
    def prepared(self) -> dict[str, Json]:
        """The prepared answers by their questions' keys; of a question once each of its actions is decided."""
        found: dict[str, Json] = {}
        for question in self.questions:
            parts = [entry for entry in self.entries if entry.question.key == question.key]
            answers = [entry.answer for entry in parts if not isinstance(entry.answer, Unset)]
            if len(answers) == len(parts):
                found[question.key] = answers[0] if parts[0].shape.single else parts[0].shape.whole(answers)
        return found

    def is_known(self, entry: PreparedAnswer) -> bool:
        """Whether its question was asked in this thread: if that comes back, what was typed for it does."""
        return any(item is entry for item in self._known.values())

    def move(self, delta: int) -> None:
        """Show another question, around the ends."""
        self.at = (self.at + delta) % max(1, len(self.entries))

    def collect(self) -> bool:
        """Drop the answer that is shown, else collect answers or stop that; False where there is nothing to collect."""
        if not isinstance(self.current.answer, Unset):
            self.current.drop()
        elif len(self.questions) > 1:
            self.together = not self.together
        else:
            return False
        return True

    def prepare(self, value: Json) -> None:
        """Keep the answer of the shown question, and show the next one without an answer."""
        if value is not self.current.answer:
            self.current.drop()
            self.current.answer = value
        following = [(self.at + offset) % len(self.entries) for offset in range(1, len(self.entries))]
        self.at = next((at for at in following if isinstance(self.entries[at].answer, Unset)), self.at)

    def forget(self, keys: Sequence[str]) -> None:
        """Drop what was prepared for questions that were answered."""
        for place in [place for place in self._known if place[0] in keys]:
            del self._known[place]

    def dump(self) -> str:
        """Return what was typed and prepared as a draft keeps it; empty when there is nothing."""
        kept = []
        for entry in self._known.values():
            if entry.text or entry.json or entry.answer is not UNSET or entry.texts != _fresh(entry.spec):
                item = {"key": entry.question.key, "value": entry.question.value, "text": entry.text, "act": entry.act}
                item["json"] = entry.json
                made = {"answer": entry.answer, "edited": entry.edited}
                made = {name: value for name, value in made.items() if not isinstance(value, Unset)}
                kept.append({**item, "part": entry.part, "texts": entry.texts, **made})
        return json.dumps({"together": self.together, "answers": kept}) if kept else ""

    def restore(self, text: str) -> bool:
        """Take a draft back, for the questions that still ask the same; return whether anything was."""
        data = object_in(text)
        found = False
        for item in map(as_object, as_list(data.get("answers"))):
            part = item.get("part")
            entry = self._known.get((as_str(item.get("key")), part if isinstance(part, int) else 0))
            if entry is None or entry.question.value != item.get("value") or entry.text or entry.answer is not UNSET:
                continue
            entry.text, entry.json = as_str(item.get("text")), as_str(item.get("json"))
            entry.act = "explain" if item.get("act") == "explain" else "respond"
            texts = as_object(item.get("texts"))
            entry.texts = {**entry.texts, **{key: part for key, part in texts.items() if isinstance(part, str)}}
            entry.answer, entry.edited = item.get("answer", UNSET), item.get("edited", UNSET)
            found = True
        if found and self.entries:
            self.at = next((at for at, entry in enumerate(self.entries) if entry.answer is UNSET), self.at)
        self.together = self.together or (found and data.get("together") is True and len(self.questions) > 1)
        return found

    def _entries(self, question: Interrupt) -> list[PreparedAnswer]:
        known = self._known.get((question.key, 0))
        asked = (question.value, question.response_schema)
        if known is not None and (known.question.value, known.question.response_schema) == asked:
            found = [entry for place, entry in sorted(self._known.items()) if place[0] == question.key]
            for entry in found:
                entry.question = question  # the state names nodes and namespaces that the stream did not
            return found
        self.forget([question.key])
        found = entries_for(question)
        self._known.update({self._place(entry): entry for entry in found})
        return found

    @staticmethod
    def _place(entry: PreparedAnswer) -> tuple[str, int]:
        return entry.question.key, entry.part


def entries_for(question: Interrupt) -> list[PreparedAnswer]:
    """Return fresh entries for a question: one, or one for each action that it asks about."""
    shape = shape_of(question.value, question.response_schema)
    spec = fields_of(question.response_schema) if question.response_schema and shape.contract == "any" else None
    if spec is not None and (spec.problem or not spec.fields):
        spec = None
    return [PreparedAnswer(question, shape, part, spec, texts=_fresh(spec)) for part in range(len(shape.reviews))]


def decision_schema(schema: Json, decision: JsonObject) -> Json:
    """Return the form of a schema that is for this type of decision, where it tells; else the schema."""
    reader = SchemaReader(schema)
    for branch in reader.read(schema).variants:
        kind = reader.read(as_object(reader.read(branch).schema.get("properties")).get("type")).schema
        if decision.get("type") in (kind.get("const"), *as_list(kind.get("enum"))):
            return {**branch, "$defs": as_object(as_object(schema).get("$defs"))}
    return schema


def _fresh(spec: FormSpec | None) -> dict[str, str]:
    return {} if spec is None else initial_texts(spec)
