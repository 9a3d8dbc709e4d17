"""A writer that is configured per assistant: model, prompt, temperature and length come from the context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import Field
from typing_extensions import TypedDict

from studio_tui.demo.conversation import last_human_text, mentions, text_of
from studio_tui.demo.pace import pause
from studio_tui.demo.scripted import Reply, ScriptedChat

DEFAULT_PROMPT = "You write for a friendly outdoor brand. Plain words, short sentences, no superlatives."


@dataclass
class BrandContext:
    """How this writer writes."""

    model: Annotated[
        Literal["demo-large", "demo-small", "demo-creative"],
        Field(description="Which model writes", json_schema_extra={"langgraph_nodes": ["write", "polish"]}),
    ] = "demo-large"
    system_prompt: Annotated[
        str,
        Field(
            description="The brand's voice",
            json_schema_extra={"langgraph_nodes": ["write"], "langgraph_type": "prompt"},
        ),
    ] = DEFAULT_PROMPT
    temperature: Annotated[float, Field(description="0 repeats itself, 1 surprises you", ge=0, le=1)] = 0.3
    max_words: Annotated[int, Field(description="Upper limit of the text", ge=10, le=300)] = 80
    emoji: Annotated[bool, Field(description="Allow one emoji at the end")] = False


class CopyRequest(TypedDict):
    """What to write about."""

    product: Annotated[str, Field(description="What is being sold", examples=["a rain jacket made of old sails"])]
    audience: NotRequired[Annotated[str, Field(description="Who reads it", examples=["weekend hikers"])]]
    format: NotRequired[Annotated[Literal["product page", "newsletter", "social post"], Field(description="Where")]]


class CopyState(TypedDict, total=False):
    """The text on its way."""

    product: str
    audience: str
    format: Literal["product page", "newsletter", "social post"]
    brief: dict[str, str]
    draft: str
    final: str
    words: int


OPENINGS = (
    "Meet {product}.",
    "{product}: made for days that start early.",
    "Some things you only notice when they are missing. {product} is one of them.",
    "What if {product} outlived your favourite boots?",
)
BODY = (
    "It does one job, and does it for years.",
    "We built it with {audience} in mind, and tested it with people who complain well.",
    "Every seam can be repaired, and we will show you how.",
    "It packs small, dries fast, and asks for nothing.",
    "If it fails, send it back: we fix it, you pay the postage, that is the whole deal.",
)
FORMAL = ("formal*", "serious*", "legal", "bank*", "corporate")


def copy_reply(messages: Sequence[BaseMessage]) -> Reply:
    """Copy for `product | audience | boldness`, in the voice that the system prompt asks for."""
    product, audience, boldness = last_human_text(messages).split(" | ")
    voice = " ".join(text_of(message) for message in messages if isinstance(message, SystemMessage))
    if mentions(voice, FORMAL):
        return Reply(
            f"We are pleased to present {product}. The product has been developed for {audience}. It fulfils its "
            "purpose reliably and over many years. Spare parts remain available for a decade."
        )
    opening = OPENINGS[min(len(OPENINGS) - 1, int(float(boldness) * len(OPENINGS)))]
    text = " ".join((opening, *BODY)).format(product=product, audience=audience)
    return Reply(text[0].upper() + text[1:])


def _context(runtime: Runtime[BrandContext]) -> BrandContext:
    """The context of this run; a run without one uses the defaults."""
    return runtime.context or BrandContext()


async def read_brief(state: CopyState) -> dict[str, Any]:
    """Fill in what the request leaves open."""
    await pause(0.4)
    brief = {
        "product": state.get("product") or "a rain jacket made of old sails",
        "audience": state.get("audience") or "weekend hikers",
        "format": state.get("format") or "product page",
    }
    return {"brief": brief}


async def write(state: CopyState, runtime: Runtime[BrandContext]) -> dict[str, Any]:
    """Write the first draft with the model and prompt of the context."""
    context = _context(runtime)
    model = ScriptedChat(script=copy_reply, model_name=context.model, tokens_per_second=_speed(context.model))
    request = f"{state['brief']['product']} | {state['brief']['audience']} | {context.temperature}"
    answer = await model.ainvoke([SystemMessage(context.system_prompt), HumanMessage(request)])
    return {"draft": str(answer.content)}


def _speed(model: str) -> float:
    return {"demo-small": 70.0, "demo-creative": 24.0}.get(model, 36.0)


async def polish(state: CopyState, runtime: Runtime[BrandContext]) -> dict[str, Any]:
    """Keep to the length limit and add the emoji if it is allowed."""
    await pause(0.5)
    context = _context(runtime)
    words = state["draft"].split()
    text = " ".join(words[: context.max_words])
    if len(words) > context.max_words:
        text = text.rstrip(",;:") + " …"
    return {"final": f"{text} 🌲" if context.emoji else text, "words": min(len(words), context.max_words)}


builder = StateGraph(CopyState, input_schema=CopyRequest, context_schema=BrandContext)
builder.add_node("read_brief", read_brief)
builder.add_node("write", write)
builder.add_node("polish", polish)
builder.add_edge(START, "read_brief")
builder.add_edge("read_brief", "write")
builder.add_edge("write", "polish")
builder.add_edge("polish", END)
graph = builder.compile()
