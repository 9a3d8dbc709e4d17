"""A chat model without a network: a script decides what it says, and it streams like a real provider.

Owns token pace, message ids, tool-call fragments and usage figures. What is said is the business of each graph.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field
from typing_extensions import override

from studio_tui.demo.pace import pace, pause

_TOKEN = re.compile(r"\s*\S{1,7}|\s+$")
_ARGUMENT_PIECE = 12
_FIRST_TOKEN_SECONDS = 0.35


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One tool call that the script wants to make."""

    name: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the script answers: text, tool calls, or text followed by tool calls."""

    text: str = ""
    calls: tuple[PlannedCall, ...] = ()


Script = Callable[[Sequence[BaseMessage]], Reply]
"""Decides the next reply from the conversation so far."""


class ScriptedChat(BaseChatModel):
    """Chat model that streams the reply of a script, token by token."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: Script
    model_name: str = "demo-large"
    tokens_per_second: float = Field(default=36.0, gt=0)

    @property
    @override
    def _llm_type(self) -> str:
        return "studio-tui-demo"

    @property
    @override
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name}

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _result(self._chunks(messages))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = list(self._chunks(messages))
        await pause(_FIRST_TOKEN_SECONDS + len(chunks) / self.tokens_per_second)
        return _result(iter(chunks))

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        delay = _FIRST_TOKEN_SECONDS
        for message in self._chunks(messages):
            time.sleep(delay * pace())
            delay = 1 / self.tokens_per_second
            chunk = ChatGenerationChunk(message=message)
            if run_manager:
                run_manager.on_llm_new_token(_text(message), chunk=chunk)
            yield chunk

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        delay = _FIRST_TOKEN_SECONDS
        for message in self._chunks(messages):
            await pause(delay)
            delay = 1 / self.tokens_per_second
            chunk = ChatGenerationChunk(message=message)
            if run_manager:
                await run_manager.on_llm_new_token(_text(message), chunk=chunk)
            yield chunk

    def _chunks(self, messages: Sequence[BaseMessage]) -> Iterator[AIMessageChunk]:
        """The reply cut into the pieces a provider would send: text, tool-call fragments, then the figures."""
        reply = self.script(messages)
        message_id = f"msg_{uuid.uuid4().hex[:24]}"
        produced = 0
        for token in _TOKEN.findall(reply.text):
            produced += 1
            yield AIMessageChunk(content=token, id=message_id)
        for index, call in enumerate(reply.calls):
            for fragment in _call_fragments(index, call):
                produced += 1
                yield AIMessageChunk(content="", id=message_id, tool_call_chunks=[fragment])
        yield AIMessageChunk(
            content="",
            id=message_id,
            usage_metadata=_usage(messages, produced),
            response_metadata={
                "model_name": self.model_name,
                "finish_reason": "tool_calls" if reply.calls else "stop",
            },
            chunk_position="last",
        )


def _call_fragments(index: int, call: PlannedCall) -> Iterator[Any]:
    """First the name with an id, then the arguments in pieces, as providers stream them."""
    call_id = f"call_{uuid.uuid4().hex[:20]}"
    yield tool_call_chunk(name=call.name, args="", id=call_id, index=index)
    arguments = json.dumps(call.args, ensure_ascii=False)
    for start in range(0, len(arguments), _ARGUMENT_PIECE):
        yield tool_call_chunk(name=None, args=arguments[start : start + _ARGUMENT_PIECE], id=None, index=index)


def _usage(messages: Sequence[BaseMessage], produced: int) -> UsageMetadata:
    read = sum(len(_text(message)) // 4 + 4 for message in messages)
    return UsageMetadata(input_tokens=read, output_tokens=produced, total_tokens=read + produced)


def _result(chunks: Iterator[AIMessageChunk]) -> ChatResult:
    whole = next(chunks)
    for chunk in chunks:
        whole = whole + chunk
    message = AIMessage(
        content=whole.content,
        id=whole.id,
        tool_calls=whole.tool_calls,
        usage_metadata=whole.usage_metadata,
        response_metadata=whole.response_metadata,
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


def _text(message: BaseMessage) -> str:
    return message.content if isinstance(message.content, str) else str(message.content)
