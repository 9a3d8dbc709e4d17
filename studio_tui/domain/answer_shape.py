"""What a question's value says about its answer: approve, reject, edit or respond, and the shape that each takes.

Knows two contracts of LangGraph agents, human interrupts (`action_request`, `config.allow_*`) and review requests
(`action_requests`, `review_configs`); every other value takes any answer. Pure; texts are raw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_list, is_object

Act = Literal["approve", "reject", "edit", "respond"]
ACTS: tuple[Act, ...] = ("approve", "reject", "edit", "respond")
Contract = Literal["any", "human", "decisions"]

_ALLOW: dict[Act, str] = {
    "approve": "allow_accept",
    "reject": "allow_ignore",
    "edit": "allow_edit",
    "respond": "allow_respond",
}
_WORDS: dict[Contract, dict[Act, str]] = {
    "any": {"approve": "approve", "reject": "reject", "edit": "edit JSON", "respond": "answer"},
    "human": {"approve": "accept", "reject": "ignore", "edit": "edit", "respond": "respond"},
    "decisions": {"approve": "approve", "reject": "reject", "edit": "edit", "respond": "reject with words"},
}


@dataclass(frozen=True, slots=True)
class Review:
    """How one question wants to be answered."""

    contract: Contract
    allowed: frozenset[Act]
    heading: str = ""
    """The action that is to be allowed, or empty."""
    description: str = ""
    editable: Json = None
    """What `edit` starts from: the arguments of the action, or the whole value."""
    actions: tuple[JsonObject, ...] = ()
    """The actions that are asked about."""

    def word(self, act: Act) -> str:
        """Return what the contract calls an act."""
        return _WORDS[self.contract][act]

    def answer(self, act: Act, content: Json = None) -> Json:
        """Return the answer as the graph expects it; `content` is the text of respond, or what `edit` led to."""
        if self.contract == "human":
            return [self._human(act, content)]
        if self.contract == "decisions":
            return {"decisions": self._decisions(act, content)}
        return content if act in ("edit", "respond") else act == "approve"

    def _human(self, act: Act, content: Json) -> JsonObject:
        if act == "edit":
            return {"type": "edit", "args": {**self.actions[0], "args": content}}
        if act == "respond":
            return {"type": "response", "args": content}
        return {"type": "accept" if act == "approve" else "ignore", "args": None}

    def _decisions(self, act: Act, content: Json) -> list[Json]:
        if act == "approve":
            return [{"type": "approve"} for _ in self.actions]
        if act == "reject":
            return [{"type": "reject"} for _ in self.actions]
        if act == "respond":
            return [{"type": "reject", "message": content} for _ in self.actions]
        edited = [content] if len(self.actions) == 1 else as_list(content)
        decisions: list[Json] = []
        for action, args in zip(self.actions, edited, strict=False):
            if args == action.get("args"):
                decisions.append({"type": "approve"})
            else:
                decisions.append({"type": "edit", "edited_action": {"name": action.get("name"), "args": args}})
        return decisions

    def edit_problem(self, content: Json) -> str:
        """Return why an edited value does not fit the contract, or an empty text."""
        if self.contract == "any":
            return ""
        if self.contract == "decisions" and len(self.actions) > 1:
            if not is_list(content) or len(content) != len(self.actions):
                return f"write a list with the arguments of all {len(self.actions)} actions, in their order"
            return "" if all(is_object(part) for part in content) else "the arguments of an action are an object"
        return "" if is_object(content) else "the arguments of an action are an object"


def review_of(value: Json) -> Review:
    """Read a question's value. Total: whatever follows no contract takes any answer."""
    if is_list(value) and len(value) == 1:
        inner = review_of(value[0])
        if inner.contract == "human":
            return inner
    if is_object(value):
        found = _human_review(value) or _decision_review(value)
        if found is not None:
            return found
    return Review("any", frozenset(ACTS), editable=value)


def schema_answer(schema: Json, approve: bool) -> Json:
    """Return what yes or no is in the form that a schema asks for; None when that takes more than one word."""
    shape = as_object(schema)
    if not shape or shape.get("type") == "boolean":
        return approve
    properties = as_object(shape.get("properties"))
    required = [name for name in as_list(shape.get("required")) if isinstance(name, str)]
    flags = [name for name in required if as_object(properties.get(name)).get("type") == "boolean"]
    if shape.get("type") == "object" and len(flags) == len(required) == 1:
        return {flags[0]: approve}
    return None


def _human_review(value: JsonObject) -> Review | None:
    action, config = value.get("action_request"), value.get("config")
    if not is_object(action) or not is_object(config):
        return None
    return Review(
        "human",
        frozenset(act for act in ACTS if config.get(_ALLOW[act]) is True),
        as_str(action.get("action")),
        as_str(value.get("description")),
        action.get("args"),
        (action,),
    )


def _decision_review(value: JsonObject) -> Review | None:
    actions = [as_object(item) for item in as_list(value.get("action_requests"))]
    configs = [as_object(item) for item in as_list(value.get("review_configs"))]
    if not actions or not configs or not all(as_str(action.get("name")) for action in actions):
        return None
    by_name = {as_str(config.get("action_name")): as_list(config.get("allowed_decisions")) for config in configs}
    allowed: set[Act] = {"approve", "reject", "edit"}
    for action in actions:
        allowed &= {act for act in ("approve", "reject", "edit") if act in by_name.get(as_str(action.get("name")), [])}
    if "reject" in allowed:
        allowed.add("respond")
    args: list[Json] = [action.get("args") for action in actions]
    return Review(
        "decisions",
        frozenset(allowed),
        ", ".join(as_str(action.get("name")) for action in actions),
        "\n\n".join(text for action in actions if (text := as_str(action.get("description")))),
        args[0] if len(args) == 1 else args,
        tuple(actions),
    )
