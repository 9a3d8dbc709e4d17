"""How a question wants to be answered: which acts each asked action takes, and in which shape.

Knows the contracts of LangGraph agents: human interrupts (`action_request`, `config.allow_*`; one, or a list of them),
review requests (`action_requests`, `review_configs`, also as JavaScript spells them) and approvals of one tool call
(`type: tool_approval`, with the allowed decisions in the response schema). Every other value takes any answer; yes and
no are no acts of one that asks for words (`open_question`). Pure;
texts are raw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from studio_tui.domain.form.schema import SchemaReader
from studio_tui.domain.interrupts.open_question import wants_words
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, as_strings, is_list, is_object

Act = Literal["approve", "reject", "explain", "edit", "respond"]
ACTS: tuple[Act, ...] = ("approve", "reject", "explain", "edit", "respond")
Contract = Literal["any", "human", "decisions", "approval"]

_ALLOW: dict[Act, str] = {
    "approve": "allow_accept",
    "reject": "allow_ignore",
    "edit": "allow_edit",
    "respond": "allow_respond",
}
_DECISION = {
    "approve": "approve", "reject": "reject", "explain": "reject with words", "edit": "edit", "respond": "respond",
}  # fmt: skip
_WORDS: dict[Contract, dict[str, str]] = {
    "any": {"approve": "approve", "reject": "reject", "edit": "edit JSON", "respond": "answer"},
    "human": {"approve": "accept", "reject": "ignore", "edit": "edit", "respond": "respond"},
    "decisions": _DECISION,
    "approval": _DECISION,
}
_TYPES: dict[Contract, dict[str, Act]] = {
    "human": {"accept": "approve", "ignore": "reject", "edit": "edit", "response": "respond"},
    "decisions": {"approve": "approve", "reject": "reject", "edit": "edit", "respond": "respond"},
}
_ANY: frozenset[Act] = frozenset({"approve", "reject", "edit", "respond"})
_WORDS_ONLY: frozenset[Act] = frozenset({"edit", "respond"})
_OBJECT = "the arguments of an action are an object"


class ActionShape(Struct, frozen=True):
    """How one action of a question, or a question without actions, wants to be answered."""

    contract: Contract
    allowed: frozenset[Act]
    heading: str = ""
    """The action that is to be allowed, or empty."""
    description: str = ""
    editable: Json = None
    """What `edit` starts from: the arguments of the action, or the whole value."""
    action: JsonObject | None = None
    edited_key: str = "edited_action"
    """What the contract calls the edited action; JavaScript spells it `editedAction`."""

    def word(self, act: Act) -> str:
        """Return the word for an action in the payload of this contract."""
        return _WORDS[self.contract].get(act, _DECISION[act])

    def decision(self, act: Act, content: Json = None) -> Json:
        """Return the answer to this action alone; `content` is the typed text, or what `edit` led to."""
        if self.contract == "any":
            return content if act in ("edit", "respond") else act == "approve"
        return self._human(act, content) if self.contract == "human" else self._decision(act, content)

    def _human(self, act: Act, content: Json) -> JsonObject:
        if act == "edit":
            return {"type": "edit", "args": {**(self.action or {}), "args": content}}
        if act == "respond":
            return {"type": "response", "args": content}
        return {"type": "accept" if act == "approve" else "ignore", "args": None}

    def _decision(self, act: Act, content: Json) -> JsonObject:
        if act in ("approve", "reject"):
            return {"type": act}
        if act == "edit":
            return {"type": "edit", self.edited_key: {"name": (self.action or {}).get("name"), "args": content}}
        return {"type": "reject" if act == "explain" else "respond", "message": content}

    def edit_problem(self, content: Json) -> str:
        """Return why an edited value does not fit the contract, or an empty text."""
        return "" if self.contract == "any" or is_object(content) else _OBJECT

    def decision_problem(self, answer: Json) -> str:
        """Return why an answer to this action is none that its contract takes, or an empty text (raw)."""
        if self.contract == "any":
            return ""
        kinds = _TYPES["human" if self.contract == "human" else "decisions"]
        takes = " | ".join(self.types) or "nothing"
        if not is_object(answer):
            return f'an answer is an object with "type": {takes}'
        kind = as_str(answer.get("type"))
        if kind not in kinds:
            return f'"type" must be one of {takes}'
        if kinds[kind] not in self.allowed:
            return f"{kind} is not allowed; it takes: {takes}"
        if kind == "edit":
            edited = answer.get("args" if self.contract == "human" else self.edited_key)
            if not is_object(edited) or not is_object(edited.get("args")):
                key = "args" if self.contract == "human" else self.edited_key
                return f'edit needs "{key}": {{"{self._name_key}": …, "args": {{…}}}}'
        if kind == "respond" and not isinstance(answer.get("message"), str):
            return 'respond needs "message": a text'
        return ""

    @property
    def types(self) -> tuple[str, ...]:
        """The values of `type` that an answer may have, as the contract spells them."""
        kinds = _TYPES["human" if self.contract == "human" else "decisions"]
        return tuple(kind for kind, act in kinds.items() if act in self.allowed) if self.contract != "any" else ()

    @property
    def _name_key(self) -> str:
        return "action" if self.contract == "human" else "name"


class AnswerShape(Struct, frozen=True):
    """How a whole question wants to be answered: its actions in order, each with a decision of its own."""

    contract: Contract
    reviews: tuple[ActionShape, ...]
    """One for each action; one for a question without actions."""
    listed: bool = False
    """The question is a list of human interrupts."""

    @property
    def single(self) -> bool:
        """Whether one decision answers the question."""
        return len(self.reviews) == 1

    def whole(self, decisions: Sequence[Json]) -> Json:
        """Return the answer to the question from one decision for each action, in their order."""
        if self.contract == "decisions":
            return {"decisions": list(decisions)}
        return list(decisions) if self.contract == "human" else decisions[0]

    def answer(self, act: Act, content: Json = None) -> Json:
        """Return the answer that decides every action alike."""
        return self.whole([review.decision(act, content) for review in self.reviews])

    def problem(self, answer: Json) -> str:
        """Return why an answer to the whole question is none that its contract takes, or an empty text (raw)."""
        if self.contract in ("any", "approval") or (self.contract == "human" and not self.listed and is_object(answer)):
            return self.reviews[0].decision_problem(answer)
        given = as_object(answer).get("decisions") if self.contract == "decisions" else answer
        if not is_list(given) or len(given) != len(self.reviews):
            return f"the answer is {self.expected}"
        for number, (review, part) in enumerate(zip(self.reviews, given, strict=True), start=1):
            problem = review.decision_problem(part)
            if problem:
                return f"action {number} ({review.heading}): {problem}"
        return ""

    @property
    def expected(self) -> str:
        """Say which contract this is and what its answer looks like, in one raw line; empty where anything goes."""
        if self.contract == "any":
            return ""
        count = len(self.reviews)
        each = "; ".join(f"{review.heading}: {' | '.join(review.types) or 'nothing'}" for review in self.reviews)
        if self.contract == "approval":
            return f'one decision {{"type": …}} (tool approval; {each})'
        numbered = "1 item" if count == 1 else f"{count} items, in order"
        if self.contract == "decisions":
            return f'{{"decisions": [{{"type": …}}, …]}} with {numbered} (review request; {each})'
        return f'a list [{{"type": …, "args": …}}, …] with {numbered} (human interrupt; {each})'


def shape_of(value: Json, schema: Json = None) -> AnswerShape:
    """Read a question's value and the schema of its answer. Total: whatever follows no contract takes any answer."""
    if is_list(value) and value:
        reviews = [_human_review(as_object(item)) for item in value]
        found = tuple(review for review in reviews if review is not None)
        if len(found) == len(value):
            return AnswerShape("human", found, listed=True)
    if is_object(value):
        human = _human_review(value)
        if human is not None:
            return AnswerShape("human", (human,))
        reviewed = _decision_reviews(value)
        if reviewed:
            return AnswerShape("decisions", reviewed)
        if value.get("type") == "tool_approval" and as_str(value.get("name")):
            return AnswerShape("approval", (_approval_review(value, schema),))
    yes_or_no = bool(as_object(schema)) or not wants_words(value)
    return AnswerShape("any", (ActionShape("any", _ANY if yes_or_no else _WORDS_ONLY, editable=value),))


def schema_answer(schema: Json, approve: bool) -> Json:
    """Return what yes or no is in the form that a schema asks for; None when that takes more than one word."""
    shape = as_object(schema)
    if not shape or shape.get("type") == "boolean":
        return approve
    properties = as_object(shape.get("properties"))
    required = as_strings(shape.get("required"))
    flags = [name for name in required if as_object(properties.get(name)).get("type") == "boolean"]
    if shape.get("type") == "object" and len(flags) == len(required) == 1:
        return {flags[0]: approve}
    return None


def _human_review(value: JsonObject) -> ActionShape | None:
    action, config = value.get("action_request"), value.get("config")
    if not is_object(action) or not is_object(config):
        return None
    return ActionShape(
        "human",
        frozenset(act for act, key in _ALLOW.items() if config.get(key) is True),
        as_str(action.get("action")),
        as_str(value.get("description")),
        action.get("args"),
        action,
    )


def _decision_reviews(value: JsonObject) -> tuple[ActionShape, ...]:
    camel = "actionRequests" in value and "action_requests" not in value
    actions = [as_object(item) for item in as_list(value.get("actionRequests" if camel else "action_requests"))]
    configs = [as_object(item) for item in as_list(value.get("reviewConfigs" if camel else "review_configs"))]
    if not actions or not all(as_str(action.get("name")) for action in actions):
        return ()
    name_key, allowed_key = ("actionName", "allowedDecisions") if camel else ("action_name", "allowed_decisions")
    found = []
    for at, action in enumerate(actions):
        name = as_str(action.get("name"))
        named = [config for config in configs if config.get(name_key) == name]
        beside = configs[at] if len(configs) == len(actions) else None
        config = beside if beside is not None and (beside in named or not named) else next(iter(named), None)
        allowed = None if config is None else config.get(allowed_key)
        found.append(
            ActionShape(
                "decisions",
                _acts(as_list(allowed)) if is_list(allowed) else frozenset(ACTS),
                name,
                as_str(action.get("description")),
                action.get("args"),
                action,
                "editedAction" if camel else "edited_action",
            )
        )
    return tuple(found)


def _approval_review(value: JsonObject, schema: Json) -> ActionShape:
    kinds: list[Json] = []
    edited_key = "editedAction" if "toolCallId" in value else "edited_action"
    if is_object(schema):
        reader = SchemaReader(schema)
        node = reader.read(schema)
        for branch in node.variants or (schema,):
            properties = as_object(reader.read(branch).schema.get("properties"))
            kind = reader.read(as_object(properties.get("type"))).schema
            kinds += [kind["const"]] if "const" in kind else as_list(kind.get("enum"))
            edited_key = next((key for key in ("edited_action", "editedAction") if key in properties), edited_key)
    return ActionShape(
        "approval",
        _acts(kinds) if kinds else frozenset(ACTS),
        as_str(value.get("name")),
        as_str(value.get("description")),
        value.get("args"),
        value,
        edited_key,
    )


def _acts(decisions: Sequence[Json]) -> frozenset[Act]:
    """Return the acts that a list of allowed decisions stands for; a rejection may always say why."""
    found = {act for act in ACTS if act in decisions}
    if "reject" in found:
        found.add("explain")
    else:
        found.discard("explain")
    return frozenset(found)
