"""A supervisor and its team: each open matter goes to the right worker, who reports back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.messages import AIMessage, BaseMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command

from studio_tui.demo.conversation import last_human_text, mentions, since_last_human
from studio_tui.demo.pace import pause
from studio_tui.demo.scripted import Reply, ScriptedChat

Worker = Literal["billing", "technical", "account", "shipping", "retention"]

MATTERS: dict[Worker, tuple[str, ...]] = {
    "billing": ("invoice*", "bill*", "refund*", "charge*", "payment", "paid", "price", "money"),
    "technical": ("error", "crash*", "bug", "broken", "slow", "install*", "not work*", "doesn't work", "fail*"),
    "account": ("password", "login", "log in", "sign in", "email", "account", "locked", "two-factor", "2fa"),
    "shipping": ("deliver*", "shipping", "parcel", "package", "order*", "arriv*", "track*"),
    "retention": ("cancel*", "leave", "leaving", "unsubscribe", "switch to", "quit"),
}

ANSWERS: dict[Worker, str] = {
    "billing": "I found the charge: it was booked twice on the 3rd. The second one, €49.00, is on its way back to "
    "your card and arrives within five working days.",
    "technical": "This error comes from an outdated cache. Sign out, clear the cache in Settings → Storage, and sign "
    "in again. If it comes back, send me the code below the message.",
    "account": "Your account was locked after five wrong passwords. I have unlocked it; the link in your mailbox lets "
    "you set a new password and is valid for 30 minutes.",
    "shipping": "Your parcel left the warehouse yesterday and is due tomorrow between 9 and 13. The driver cannot "
    "change the address any more, but a neighbour may accept it.",
    "retention": "I'm sorry to hear that. Before you go: I can pause your plan for three months at no cost. Otherwise "
    "I close it at the end of this billing period.",
}


class SupportState(MessagesState, total=False):
    """The conversation, plus who works on it."""

    assigned_to: str
    handled: list[str]


def closing_reply(messages: Sequence[BaseMessage]) -> Reply:
    """The supervisor's last words: a wrap-up, or a question when nothing matched."""
    helped = [message.name for message in since_last_human(messages) if isinstance(message, AIMessage)]
    teams = [name for name in helped if name in MATTERS]
    if not teams:
        return Reply(
            "How can we help? Tell me about an invoice, an error, your login, a delivery, or a plan you want to "
            "cancel. You can mention several things at once."
        )
    if len(teams) == 1:
        return Reply("Is there anything else we can do for you?")
    return Reply(f"That was {', '.join(teams[:-1])} and {teams[-1]}: {len(teams)} matters, all answered above.")


SUPERVISOR = ScriptedChat(script=closing_reply)


def open_matters(messages: Sequence[BaseMessage]) -> list[Worker]:
    """The workers whose matter the customer raised and who have not answered yet."""
    question = last_human_text(messages)
    answered = {message.name for message in since_last_human(messages)}
    return [worker for worker, words in MATTERS.items() if mentions(question, words) and worker not in answered]


async def supervisor(
    state: SupportState,
) -> Command[Literal["billing", "technical", "account", "shipping", "retention", "__end__"]]:
    """Hand the next open matter to its worker, or close the conversation."""
    await pause(0.5)
    matters = open_matters(state["messages"])
    if matters:
        return Command(goto=matters[0], update={"assigned_to": matters[0]})
    closing = await SUPERVISOR.ainvoke(state["messages"])
    closing.name = "supervisor"
    return Command(goto="__end__", update={"messages": [closing], "assigned_to": ""})


class SupportWorker:
    """Node that answers for one team and reports back to the supervisor."""

    def __init__(self, name: Worker) -> None:
        self.name = name
        self.model = ScriptedChat(script=self.reply, model_name="demo-small")

    def reply(self, _messages: Sequence[BaseMessage]) -> Reply:
        """The team's answer."""
        return Reply(ANSWERS[self.name])

    async def __call__(self, state: SupportState) -> Command[Literal["supervisor"]]:
        """Answer the customer and hand back."""
        answer = await self.model.ainvoke(state["messages"])
        answer.name = self.name
        handled = [*(state.get("handled") or []), self.name]
        update: dict[str, Any] = {"messages": [answer], "handled": handled}
        return Command(goto="supervisor", update=update)


builder = StateGraph(SupportState)
builder.add_node(
    "supervisor",
    supervisor,
    destinations={
        "billing": "money",
        "technical": "errors",
        "account": "login",
        "shipping": "delivery",
        "retention": "cancellation",
        END: "all answered",
    },
)
for team in MATTERS:
    builder.add_node(team, SupportWorker(team), destinations=("supervisor",))
builder.add_edge(START, "supervisor")
graph = builder.compile()
