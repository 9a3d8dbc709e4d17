"""Tool calls that a human reviews: run as they are, with other arguments, or not at all but with feedback."""

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
    """Call the tool for a question about weather; after feedback call it as the feedback says."""
    last = messages[-1]
    text = str(last.content)
    if isinstance(last, ToolMessage) and "change" in text:
        return Reply(calls=(PlannedCall("weather_search", {"city": "San Francisco, USA"}),))
    if isinstance(last, ToolMessage):
        return Reply(f"It is {text}")
    if "weather" in text:
        return Reply(calls=(PlannedCall("weather_search", {"city": "sf"}),))
    return Reply("Hello! How can I help?")


async def call_llm(state: State) -> dict[str, Any]:
    return {"messages": [await ScriptedChat(script=script).ainvoke(state["messages"])]}


def human_review_node(state: State) -> dict[str, Any]:
    """Nothing happens here: runs stop before it."""
    return {}


def run_tool(state: State) -> dict[str, Any]:
    last = state["messages"][-1]
    assert isinstance(last, AIMessage)
    return {
        "messages": [
            ToolMessage(f"Sunny in {call['args']['city']}!", name=call["name"], tool_call_id=call["id"])
            for call in last.tool_calls
        ]
    }


def after_llm(state: State) -> Literal["human_review_node", "__end__"]:
    last = state["messages"][-1]
    return "human_review_node" if isinstance(last, AIMessage) and last.tool_calls else "__end__"


def after_human(state: State) -> Literal["run_tool", "call_llm"]:
    last = state["messages"][-1]
    return "run_tool" if isinstance(last, AIMessage) and last.tool_calls else "call_llm"


builder = StateGraph(State)
builder.add_node("call_llm", call_llm)
builder.add_node("human_review_node", human_review_node)
builder.add_node("run_tool", run_tool)
builder.add_edge(START, "call_llm")
builder.add_conditional_edges("call_llm", after_llm)
builder.add_conditional_edges("human_review_node", after_human)
builder.add_edge("run_tool", "call_llm")
graph = builder.compile(interrupt_before=["human_review_node"])
