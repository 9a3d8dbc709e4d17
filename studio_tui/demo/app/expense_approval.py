"""An approval flow: small expenses pass by policy, large ones wait for a human who may accept, edit or reject."""

from __future__ import annotations

import operator
from typing import Annotated, Any, Literal, NotRequired

from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from pydantic import Field
from typing_extensions import TypedDict

from studio_tui.demo.pace import pause

APPROVAL_LIMIT_EUR = 500.0
LIMITS_EUR = {"travel": 800.0, "equipment": 500.0, "meals": 60.0, "training": 400.0}


class ExpenseRequest(TypedDict):
    """What an employee hands in."""

    amount: Annotated[float, Field(description="Amount in euros", ge=0, examples=[1240.0])]
    purpose: Annotated[str, Field(description="What it was for", examples=["Laptop stand and monitor"])]
    employee: NotRequired[Annotated[str, Field(description="Who paid", examples=["Sam Rivera"])]]
    category: NotRequired[Annotated[Literal["travel", "equipment", "meals", "training"], Field(description="Budget")]]


class ExpenseState(TypedDict, total=False):
    """One expense on its way through the process."""

    amount: float
    purpose: str
    employee: str
    category: Literal["travel", "equipment", "meals", "training"]
    report: dict[str, Any]
    findings: list[str]
    decision: str
    reviewer_note: str
    audit: Annotated[list[str], operator.add]


async def draft_report(state: ExpenseState) -> dict[str, Any]:
    """Turn the request into an expense report; a reviewer's note is answered in it."""
    await pause(0.6)
    report = {
        "employee": state.get("employee") or "Sam Rivera",
        "category": state.get("category") or "equipment",
        "amount_eur": round(float(state.get("amount") or 0), 2),
        "purpose": state.get("purpose") or "not given",
    }
    if note := state.get("reviewer_note"):
        report["answer_to_reviewer"] = f"Receipt attached. You asked: {note}"
    return {"report": report, "audit": [f"drafted a report over €{report['amount_eur']:.2f}"]}


async def check_policy(state: ExpenseState) -> Command[Literal["reimburse", "human_review"]]:
    """Compare the report with the limits; what is clean and small needs no human."""
    await pause(0.8)
    report = state["report"]
    findings = []
    limit = LIMITS_EUR[report["category"]]
    if report["amount_eur"] > limit:
        findings.append(f"€{report['amount_eur']:.2f} is over the {report['category']} limit of €{limit:.2f}")
    if report["amount_eur"] > APPROVAL_LIMIT_EUR:
        findings.append(f"everything over €{APPROVAL_LIMIT_EUR:.2f} needs a signature")
    if report["purpose"] == "not given":
        findings.append("the purpose is missing")
    update = {"findings": findings, "audit": [f"policy check: {len(findings)} findings"]}
    if findings:
        return Command(goto="human_review", update=update)
    return Command(goto="reimburse", update={**update, "decision": "approved by policy"})


async def human_review(state: ExpenseState) -> Command[Literal["reimburse", "reject", "draft_report"]]:
    """Wait for a human: accept, edit the report, ask back, or turn it down."""
    report = state["report"]
    answer = interrupt(
        {
            "action_request": {"action": "approve_expense", "args": report},
            "config": {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True},
            "description": (
                f"**{report['employee']}** asks for **€{report['amount_eur']:.2f}** ({report['category']}).\n\n"
                f"Purpose: {report['purpose']}\n\nPolicy findings:\n"
                + "\n".join(f"- {finding}" for finding in state["findings"])
            ),
        }
    )
    kind, args = understood(answer)
    match kind:
        case "accept":
            return Command(goto="reimburse", update={"decision": "approved by a human", "audit": ["approved"]})
        case "edit":
            edited = _edited(report, args)
            update = {"report": edited, "decision": "approved with changes", "audit": ["edited and approved"]}
            return Command(goto="reimburse", update=update)
        case "respond":
            return Command(goto="draft_report", update={"reviewer_note": str(args), "audit": [f"asked back: {args}"]})
        case _:
            return Command(goto="reject", update={"decision": "rejected", "audit": ["rejected"]})


def _edited(report: dict[str, Any], args: Any) -> dict[str, Any]:
    """Return the report with what the reviewer changed of it; anything else would end up in the state for good."""
    changes = {key: value for key, value in args.items() if key in report} if isinstance(args, dict) else {}
    made = {**report, **{key: str(value) for key, value in changes.items() if key != "amount_eur"}}
    try:
        amount = round(float(changes.get("amount_eur", report["amount_eur"])), 2)
    except (TypeError, ValueError, OverflowError):
        amount = report["amount_eur"]
    return {**made, "amount_eur": amount if abs(amount) < 1e12 else report["amount_eur"]}


def understood(answer: Any) -> tuple[str, Any]:
    """Read a reviewer's answer: yes/no, a word, or the accept/edit/respond/ignore form (alone or as a list of one)."""
    if isinstance(answer, list) and answer:
        return understood(answer[0])
    if isinstance(answer, dict):
        kind = str(answer.get("type") or answer.get("action") or "")
        args = answer.get("args")
        if kind == "edit" and isinstance(args, dict):
            args = args.get("args", args)
        return {"response": "respond", "approve": "accept", "reject": "ignore"}.get(kind, kind), args
    if isinstance(answer, bool):
        return ("accept" if answer else "ignore"), None
    word = str(answer).strip().lower()
    if word in {"accept", "approve", "approved", "yes", "y", "ok"}:
        return "accept", None
    if word in {"", "reject", "rejected", "no", "n", "ignore", "none"}:
        return "ignore", None
    return "respond", answer


async def reimburse(state: ExpenseState) -> dict[str, Any]:
    """Pay the money back."""
    await pause(0.7)
    return {"audit": [f"paid €{state['report']['amount_eur']:.2f} to {state['report']['employee']}"]}


async def reject(state: ExpenseState) -> dict[str, Any]:
    """Tell the employee that nothing is paid."""
    await pause(0.4)
    return {"audit": [f"told {state['report']['employee']} why nothing is paid"]}


builder = StateGraph(ExpenseState, input_schema=ExpenseRequest)
builder.add_node("draft_report", draft_report)
builder.add_node("check_policy", check_policy)
builder.add_node("human_review", human_review)
builder.add_node("reimburse", reimburse)
builder.add_node("reject", reject)
builder.add_edge(START, "draft_report")
builder.add_edge("draft_report", "check_policy")
builder.add_edge("reimburse", END)
builder.add_edge("reject", END)
graph = builder.compile()
