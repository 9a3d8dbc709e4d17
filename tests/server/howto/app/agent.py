"""The agent of the how-tos: `agent` decides, `action` searches; model and prompt come from the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode
from langgraph.runtime import Runtime
from typing_extensions import TypedDict

from studio_tui.demo.scripted import PlannedCall, Reply, ScriptedChat


class Settings(TypedDict, total=False):
    model_name: Literal["anthropic", "openai"]
    system_prompt: str


class State(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


@tool
async def search(query: str) -> str:
    """Search the web."""
    await asyncio.sleep(30.0 if "very slowly" in query else 2.0 if "slowly" in query else 0.0)
    return f"Results for {query}: 14 degrees and foggy."


def script(messages: Sequence[BaseMessage]) -> Reply:
    """Search for what the human says, then answer with what was found."""
    last = messages[-1]
    if isinstance(last, ToolMessage):
        return Reply(f"I found this. {last.content}")
    asked = str(last.content)
    if "weather" in asked or "search" in asked:
        return Reply(calls=(PlannedCall("search", {"query": asked}),))
    humans = sum(isinstance(message, HumanMessage) for message in messages)
    system = next((str(message.content) for message in messages if isinstance(message, SystemMessage)), "no prompt")
    return Reply(f"You said {asked!r}, your message number {humans}; {system}.")


async def call_model(state: State, runtime: Runtime[Settings]) -> dict[str, Any]:
    settings = runtime.context or {}
    model = ScriptedChat(script=script, model_name=settings.get("model_name", "anthropic"))
    prompt = settings.get("system_prompt")
    asked = [*([SystemMessage(prompt)] if prompt else []), *state["messages"]]
    reply = await model.ainvoke(asked)
    name = settings.get("model_name", "anthropic")
    return {"messages": [reply.model_copy(update={"name": name})]}


def route(state: State) -> Literal["action", "__end__"]:
    last = state["messages"][-1]
    return "action" if isinstance(last, AIMessage) and last.tool_calls else "__end__"


builder = StateGraph(State, context_schema=Settings)
builder.add_node("agent", call_model)
builder.add_node("action", ToolNode([search]))
builder.add_edge(START, "agent")
builder.add_conditional_edges("agent", route)
builder.add_edge("action", "agent")
graph = builder.compile()
