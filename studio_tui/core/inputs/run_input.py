"""What stands in the composer, apart from any widget: one input, seen as chat line, form or JSON. No Textual."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.core.inputs.drafts import Draft
from studio_tui.core.inputs.file_words import escaped, file_words, literal
from studio_tui.core.inputs.sent_inputs import Sent
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.form.fields import FormSpec, fields_of
from studio_tui.domain.form.schema import chat_key, chat_message
from studio_tui.domain.form.values import assemble, initial_texts, overlay, same, skeleton, texts_of, wrong_in
from studio_tui.domain.message.blocks import text_block
from studio_tui.jsonkit.typed import object_in, print_json
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_object
from studio_tui.jsonkit.yaml_text import parse_typed
from studio_tui.text.hint import Hint

Mode = Literal["chat", "form", "json"]
MODES: tuple[Mode, ...] = ("chat", "form", "json")


class InputCheck(Struct, frozen=True):
    """The input to send, or why there is none (`problem`, display text)."""

    value: Json = None
    problem: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


class RunInput(Struct):
    """One input under construction for one schema."""

    schema: Json = None
    spec: FormSpec = field(default_factory=lambda: fields_of(None))
    key: str = "messages"
    """The list of messages that the chat line appends to."""
    has_chat: bool = True
    """Whether the schema has such a list, or is unknown."""
    awaited: bool = False
    """Whether the schema is still being read."""
    shows_messages: bool = False
    """Whether the open thread's state holds a list of messages: then a chat line fits."""
    mode: Mode = "chat"
    picked: bool = False
    """Whether the user chose the mode, rather than the schema."""
    chat: str = ""
    base: JsonObject = field(default_factory=dict)
    """What the chat line sends besides the message: the other values of a form or JSON text left for it."""
    texts: dict[str, str] = field(default_factory=dict)
    rest: Json = None
    json: str = ""
    touched: set[Mode] = field(default_factory=set)
    """The modes in which the user typed something that is not sent yet: the draft."""
    used: set[Mode] = field(default_factory=set)
    """The modes that hold something of the user's, sent or not; the others follow the schema."""

    def touch(self, mode: Mode) -> None:
        self.touched.add(mode)
        self.used.add(mode)
        if mode == "chat" and not self.chat and not self.base:
            self.touched.discard(mode)

    def use_schema(self, schemas: Schemas | None) -> None:
        """Take another schema; what the user typed stays."""
        schema = schemas.effective_input if schemas is not None else None
        self.awaited = schemas is None
        if self.spec.fields and same(schema, self.schema) and self.json:
            return
        self.schema = schema
        self.spec = fields_of(schema)
        key = chat_key(schema)
        self.has_chat = key is not None or schema is None
        self.key = key or "messages"
        if "form" not in self.used:
            self.texts, self.rest = initial_texts(self.spec), None
        if "json" not in self.used:
            self.json = print_json(self.blank())
        if (not self.picked and self.mode not in self.touched) or self.mode not in self.modes():
            self.mode = self.modes()[0]  # never under the fingers of somebody who types

    def blank(self) -> Json:
        """Return the value that fresh JSON text starts with."""
        if self.schema is None:
            return {self.key: [chat_message(None, self.key, "")]}
        return skeleton(self.schema, self.spec)

    def modes(self) -> tuple[Mode, ...]:
        offered = {
            "chat": self.has_chat or self.is_held,
            "form": self.schema is not None and not self.spec.problem,
            "json": True,
        }
        return tuple(mode for mode in MODES if offered[mode])

    @property
    def is_held(self) -> bool:
        """Whether a chat line was typed before it was known that the graph takes none: it is kept, and not sent."""
        return "chat" in self.touched and bool(self.chat) and not self.has_chat

    @property
    def doubt(self) -> str:
        """Why it is not known that the graph takes the chat line as a message (display text); empty when it is."""
        if self.mode != "chat" or self.schema is not None or self.shows_messages:
            return ""
        return AWAITED if self.awaited else UNKNOWN

    def outcome(self, blocks: Sequence[JsonObject] = ()) -> InputCheck:
        """Return what would be sent from the current mode; `blocks` are the files that a chat line names."""
        if self.mode == "chat":
            return self._chat_outcome(blocks)
        if self.mode == "form":
            return self._form_outcome()
        value, problem = parse_typed(self.json)
        if problem is not None:
            return InputCheck(problem=f"Not sent: {problem}." if self.json.strip() else _EMPTY_JSON)
        return InputCheck(value)

    def _chat_outcome(self, blocks: Sequence[JsonObject]) -> InputCheck:
        if self.is_held:
            return InputCheck(problem=HELD)
        if not self.chat.strip():
            return InputCheck(problem="Type a message first.")
        message = self._message(literal(self.chat))
        if blocks:
            message = {**message, "content": [text_block(literal(self.chat)), *blocks]}
        return InputCheck({**self.base, self.key: [message]})

    def _message(self, text: str) -> JsonObject:
        return chat_message(self.schema, self.key, text)

    def _form_outcome(self) -> InputCheck:
        result = assemble(self.spec, self.texts, self.rest)
        if result.problems:
            return InputCheck(problem=f"Not sent: {wrong_in(self.spec, result.problems)}", fields=result.problems)
        if not result.is_set:
            return InputCheck(problem="Fill in a field first.")
        return InputCheck(result.value)

    def besides(self) -> JsonObject:
        """Return what goes with messages that are written elsewhere: the other values of this input."""
        value = self.base if self.mode == "chat" else self._current()[0]
        return {name: part for name, part in as_object(value).items() if name != self.key}

    def switch(self, mode: Mode) -> str:
        """Go to `mode` and carry the value over; return a sentence when that could not be done, or an empty text."""
        if mode == self.mode:
            return ""
        note = self._carry(mode)
        self.mode = mode
        return note

    def _carry(self, mode: Mode) -> str:
        if self.mode not in self.used or (self.is_held and "chat" in (self.mode, mode)):
            return ""
        value, problem = self._current()
        if problem:
            return problem
        if mode == "json":
            # JSON that does not parse is somebody's work: it is not overwritten.
            if "json" in self.used and parse_typed(self.json)[1] is not None:
                return "The JSON text was kept as you left it, because it does not parse."
            self.json = print_json(value)
        elif mode == "form":
            filled = texts_of(self.spec, value)
            if filled.has_rest and not is_object(filled.rest):
                return "The form cannot show this value, so it was left as it was."
            self.texts, self.rest = dict(filled.texts), filled.rest
        else:
            return self._carry_to_chat(value)
        self.touch(mode)
        return ""

    def _current(self) -> tuple[Json, str]:
        """Return the value of the current mode as far as there is one, or a sentence why not."""
        if self.mode == "chat":
            if any(word.certain for word in file_words(self.chat)):
                return None, "A message with files stays in the chat line; the message form (:message) can hold more."
            messages: JsonObject = {self.key: [self._message(literal(self.chat))]}
            return overlay(self.base, messages if self.chat else {}), ""
        if self.mode == "form":
            return assemble(self.spec, self.texts, self.rest).value, ""
        value, problem = parse_typed(self.json)
        return value, f"The JSON does not parse ({problem}), so it was not carried over." if problem else ""

    def _carry_to_chat(self, value: Json) -> str:
        if not is_object(value):
            return "Only an object with messages fits the chat line; the value was left where it is."
        self.base = {name: part for name, part in value.items() if name != self.key}
        messages = as_list(value.get(self.key))
        if not messages:
            return ""
        text = self._as_chat({self.key: messages})
        if text is not None:
            self.chat = text
            self.touch("chat")
            return ""
        return "These messages do not fit the chat line; they stay in the mode that you came from."

    def set_value(self, mode: Mode, text: str) -> str:
        """Put a remembered input in: chat text, or the JSON text of a whole input. Return a sentence or nothing."""
        if mode == "chat" and "chat" in self.modes():
            self.mode, self.chat, self.base = "chat", text, {}
            self.touch("chat")
            return ""
        self.mode = "json"
        self.json = text
        self.touch("json")
        if mode == "form" and "form" in self.modes():
            return self.switch("form")
        return ""

    def text(self) -> str:
        """Return the chat line, or the input as JSON text."""
        if self.mode == "chat":
            return self.chat
        if self.mode == "json":
            return self.json
        return print_json(assemble(self.spec, self.texts, self.rest).value)

    def put(self, text: str) -> None:
        """Replace the chat line or the JSON text, whichever is the mode."""
        if self.mode == "chat":
            self.chat = text
        else:
            self.json = text

    def sent(self) -> Sent:
        """Note that the input is being sent, and return it as the history keeps it.

        Messages are said once and leave the input; other values stay for the next run.
        """
        value = self.outcome().value
        mode, text = self.mode, self.text()
        if mode != "chat" and (said := self._as_chat(value)) is not None:
            mode, text = "chat", said
        elif mode == "chat" and self.base and not file_words(text):
            mode, text = "json", print_json(value)
        if self.mode == "chat":
            self.chat = ""
        elif self.mode == "form":
            spoken = {item.key for item in self.spec.fields if item.kind == "messages"}
            self.texts = {key: part for key, part in self.texts.items() if key not in spoken}
        self.touched.discard(self.mode)
        return Sent(mode, text)

    def _as_chat(self, value: Json) -> str | None:
        """Return the chat line that means exactly `value`, or None when there is none."""
        if not self.has_chat or not is_object(value) or set(value) != {self.key}:
            return None
        messages = as_list(value[self.key])
        text = as_str(as_object(messages[0]).get("content")) if len(messages) == 1 else ""
        said = escaped(text)
        return said if text and literal(said) == text and same(messages[0], self._message(text)) else None

    def draft(self) -> Draft | None:
        """Return everything that is not sent yet as it is kept; None when there is nothing."""
        if not self.touched:
            return None
        data: dict[str, Json] = {"touched": sorted(self.touched)}
        if "chat" in self.touched:
            data.update(chat=self.chat, base=self.base)
        if "form" in self.touched:
            data.update(texts=self.texts, rest=self.rest)
        if "json" in self.touched:
            data["json"] = self.json
        return Draft(self.mode, json.dumps(data))

    def restore(self, draft: Draft) -> bool:
        """Take a draft back; return False when it cannot be read."""
        data = object_in(draft.text)
        if not data:
            return False
        self.touched = {name for name in MODES if name in as_list(data.get("touched"))}
        self.used |= self.touched
        self.chat = as_str(data.get("chat"))
        self.base = as_object(data.get("base"))
        if "form" in self.touched:
            self.texts = {key: part for key, part in as_object(data.get("texts")).items() if isinstance(part, str)}
            self.rest = data.get("rest")
        if "json" in self.touched:
            self.json = as_str(data.get("json"))
        self.mode = next((name for name in MODES if name == draft.mode), self.mode)
        self.picked = True
        return bool(self.touched)

    def snapshot(self) -> RunInput:
        return replace(self, touched=set(self.touched), used=set(self.used))

    def put_away(self) -> None:
        """Leave for another thread: the message stays behind, form and JSON are inputs that people run again."""
        self.chat, self.base = "", {}
        self.touched.clear()

    def start_over(self) -> None:
        """Leave for another assistant: nothing typed for this one fits it."""
        self.put_away()
        self.used.clear()
        self.texts, self.rest = initial_texts(self.spec), None
        self.json = print_json(self.blank())
        self.picked = False
        self.mode = self.modes()[0]


HELD = Hint("Not sent: this graph takes no messages; form or JSON ({composer-mode})")
"""Why a chat line that was typed too early is not sent."""
AWAITED = Hint("Not sent: its input is still being read; wait, or JSON ({composer-mode})")
"""Why a chat line is not sent yet."""
UNKNOWN = Hint("Not sent: its input is unknown; send again, or JSON ({composer-mode})")
"""What is said first where nothing tells whether the graph takes messages."""
_EMPTY_JSON = "Type the input as JSON or YAML first; {} is an empty one."
