"""An agent that asks its human where they are: runs stop before `ask_human`; the answer is written as that node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, ToolMessage
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from studio_tui.demo.scripted import PlannedCall, Reply, ScriptedChat


class State(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


def script(messages: Sequence[BaseMessage]) -> Reply:
    """Ask where the user is, then look the weather up there, then say it."""
    last = messages[-1]
    if not isinstance(last, ToolMessage):
        return Reply(calls=(PlannedCall("AskHuman", {"question": "Where are you?"}),))
    if last.name == "search":
        return Reply(f"The weather: {last.content}")
    return Reply(calls=(PlannedCall("search", {"query": f"weather in {last.content}"}),))


async def agent(state: State) -> dict[str, Any]:
    return {"messages": [await ScriptedChat(script=script).ainvoke(state["messages"])]}


def action(state: State) -> dict[str, Any]:
    last = state["messages"][-1]
    assert isinstance(last, AIMessage)
    [call] = last.tool_calls
    found = f"sunny, as asked: {call['args']['query']}"
    return {"messages": [ToolMessage(found, name=call["name"], tool_call_id=call["id"])]}


def ask_human(state: State) -> dict[str, Any]:
    """Nothing happens here: the human's answer is written in its name."""
    return {}


def route(state: State) -> Literal["action", "ask_human", "__end__"]:
    last = state["messages"][-1]
    if not isinstance(last, AIMessage) or not last.tool_calls:
        return "__end__"
    return "ask_human" if last.tool_calls[0]["name"] == "AskHuman" else "action"


builder = StateGraph(State)
builder.add_node("agent", agent)
builder.add_node("action", action)
builder.add_node("ask_human", ask_human)
builder.add_edge(START, "agent")
builder.add_conditional_edges("agent", route)
builder.add_edge("action", "agent")
builder.add_edge("ask_human", "agent")
graph = builder.compile(interrupt_before=["ask_human"])
