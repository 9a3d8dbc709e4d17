"""Signatures in parallel, a tool call under review, and an open question: every way in which a graph asks humans."""

from __future__ import annotations

import operator
from typing import Annotated, Any, Literal, NotRequired

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command, interrupt
from pydantic import Field
from typing_extensions import TypedDict

from studio_tui.demo.pace import pause

SUPPLIERS = {"laptop": "Northwind Hardware", "chair": "Aurora Furniture", "licence": "Skylark Software"}


class PurchaseRequest(TypedDict):
    """What somebody wants to buy."""

    item: Annotated[str, Field(description="What to buy", examples=["laptop", "chair", "licence"])]
    eur: Annotated[float, Field(description="Price in euros", ge=0, examples=[1890.0])]


class PurchaseState(TypedDict, total=False):
    """One purchase on its way."""

    item: str
    eur: float
    signatures: Annotated[list[str], operator.add]
    messages: Annotated[list[AnyMessage], add_messages]
    delivery: str
    outcome: str
    note: NotRequired[str]


async def draft_order(state: PurchaseState) -> dict[str, Any]:
    """Ask the model for the tool call that places the order."""
    await pause(0.6)
    item = (state.get("item") or "laptop").strip()
    eur = round(float(state.get("eur") or 0), 2)
    note = state.get("note")
    args = {"supplier": SUPPLIERS.get(item, "Nearest shop"), "item": item, "quantity": 1, "eur": eur}
    if note:
        args["note"] = f"as asked: {note}"
    number = 1 + sum(isinstance(message, AIMessage) for message in state.get("messages") or ())
    call = {"name": "place_order", "args": args, "id": f"call-{number}", "type": "tool_call"}
    return {"item": item, "eur": eur, "messages": [AIMessage("", id=f"order-{number}", tool_calls=[call])]}


def _ordered(state: PurchaseState) -> AIMessage:
    return next(message for message in reversed(state["messages"]) if isinstance(message, AIMessage))


async def finance(state: PurchaseState) -> dict[str, Any]:
    """Ask the finance department; waits at the same time as the manager."""
    answer = interrupt({"question": f"Finance: is there budget for €{state['eur']:.2f}?", "cost_centre": 4711})
    return {"signatures": [f"finance: {_signed(answer)}"]}


async def manager(state: PurchaseState) -> dict[str, Any]:
    """Ask the manager; waits at the same time as finance."""
    answer = interrupt(f"Manager: does the team need this {state['item']}?")
    return {"signatures": [f"manager: {_signed(answer)}"]}


def _signed(answer: Any) -> str:
    if answer is True or str(answer).strip().lower() in {"true", "yes", "y", "ok", "approved"}:
        return "yes"
    return "no" if answer in (False, None, "") else str(answer)


def _arguments(response: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return the edited arguments: plain values only, and a price that is a number."""
    given = response.get("args")
    args = given.get("args") if isinstance(given, dict) else None
    plain = {key: value for key, value in args.items() if isinstance(value, str | int | float)} if args else {}
    try:
        eur = float(plain.get("eur", before["eur"]))
    except (TypeError, ValueError, OverflowError):
        eur = float(before["eur"])
    return {**before, **plain, "eur": eur if abs(eur) < 1e12 else before["eur"]}


def signed(state: PurchaseState) -> Literal["review_order", "turn_down"]:
    """On to the order unless somebody said no."""
    refused = any(text.endswith(": no") for text in state["signatures"][-2:])
    return "turn_down" if refused else "review_order"


async def review_order(state: PurchaseState) -> Command[Literal["place_order", "draft_order", "turn_down"]]:
    """Have the tool call reviewed: approve it, modify its arguments, or give feedback to the model."""
    message = _ordered(state)
    call = message.tool_calls[0]
    answer = interrupt(
        [
            {
                "action_request": {"action": call["name"], "args": call["args"]},
                "config": {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": False},
                "description": f"The model wants to order one {state['item']} from {call['args'].get('supplier')}.",
            }
        ]
    )
    plain: dict[str, Any] = {"type": "accept" if answer else "ignore"}
    response: dict[str, Any] = answer[0] if isinstance(answer, list) and answer else plain
    match response.get("type"):
        case "accept":
            return Command(goto="place_order")
        case "edit":
            edited = AIMessage("", id=message.id, tool_calls=[{**call, "args": _arguments(response, call["args"])}])
            return Command(goto="place_order", update={"messages": [edited]})
        case "response":
            feedback = ToolMessage(f"Not ordered: {response['args']}", tool_call_id=call["id"])
            return Command(goto="draft_order", update={"note": str(response["args"]), "messages": [feedback]})
        case _:
            return Command(goto="turn_down")


async def place_order(state: PurchaseState) -> dict[str, Any]:
    """Run the tool with the arguments that were approved."""
    await pause(0.8)
    call = _ordered(state).tool_calls[0]
    args = call["args"]
    said = f"Ordered {args.get('quantity', 1)} × {args.get('item')} from {args.get('supplier')}, €{args.get('eur'):.2f}"
    return {"messages": [ToolMessage(said, tool_call_id=call["id"])], "outcome": said}


async def ask_delivery(state: PurchaseState) -> dict[str, Any]:
    """Wait for user input that no schema describes."""
    place = interrupt("Where should it be delivered?")
    return {"delivery": str(place), "outcome": f"{state['outcome']}; to {place}"}


async def turn_down(state: PurchaseState) -> dict[str, Any]:
    """Say why nothing is ordered."""
    await pause(0.3)
    return {"outcome": f"Nothing ordered ({', '.join(state['signatures'][-2:])})"}


builder = StateGraph(PurchaseState, input_schema=PurchaseRequest)
builder.add_node("draft_order", draft_order)
builder.add_node("finance", finance)
builder.add_node("manager", manager)
builder.add_node("collect_signatures", lambda _state: {})
builder.add_node("review_order", review_order)
builder.add_node("place_order", place_order)
builder.add_node("ask_delivery", ask_delivery)
builder.add_node("turn_down", turn_down)
builder.add_edge(START, "draft_order")
builder.add_edge("draft_order", "finance")
builder.add_edge("draft_order", "manager")
# Not one edge of both: after a second round servers cannot read the state of a thread that waits at such a join.
builder.add_edge("finance", "collect_signatures")
builder.add_edge("manager", "collect_signatures")
builder.add_conditional_edges("collect_signatures", signed)
builder.add_edge("place_order", "ask_delivery")
builder.add_edge("ask_delivery", END)
builder.add_edge("turn_down", END)
graph = builder.compile()
