"""A note taker with a memory: notes live in the LangGraph store and outlive the thread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from langchain_core.messages import BaseMessage, SystemMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from pydantic import Field
from typing_extensions import TypedDict

from studio_tui.demo.conversation import last_human_text, mentions, text_of
from studio_tui.demo.pace import pause
from studio_tui.demo.scripted import Reply, ScriptedChat


@dataclass
class NotesContext:
    """Whose memory is used."""

    user_id: Annotated[str, Field(description="Notes are kept per user")] = "demo-user"


class Wish(TypedDict):
    """What the human wants done with the memory."""

    action: Literal["remember", "forget", "recall", "chat"]
    text: str


class NotesState(MessagesState, total=False):
    """The conversation, the notes known at its start, and what is to be done."""

    known: list[str]
    wish: Wish


def wish_of(text: str) -> Wish:
    """Read a message: "remember that …", "forget …", a question about the memory, or chat."""
    if match := re.search(r"\bremember(?: that)?[:,]?\s+(?!about\b)(.+)", text, re.IGNORECASE | re.DOTALL):
        return Wish(action="remember", text=match[1].strip().rstrip("."))
    if match := re.search(r"\bforget(?: that| about)?[:,]?\s+(.+)", text, re.IGNORECASE | re.DOTALL):
        return Wish(action="forget", text=match[1].strip().rstrip("."))
    if mentions(text, ("what do you know", "what did i", "recall", "list", "note", "remember")):
        return Wish(action="recall", text="")
    return Wish(action="chat", text=text)


def notes_reply(messages: Sequence[BaseMessage]) -> Reply:
    """Say what was stored, forgotten or is known; the notes arrive as system message."""
    known = [line for m in messages if isinstance(m, SystemMessage) for line in text_of(m).splitlines() if line]
    wish = wish_of(last_human_text(messages))
    listed = "\n".join(f"- {note}" for note in known)
    match wish["action"]:
        case "remember":
            return Reply(f"Noted: {wish['text']}. I will know it in every thread.")
        case "forget":
            return Reply(f"Done. I forgot what I knew about {wish['text']}.")
        case "recall":
            return Reply(f"This is what I know:\n{listed}" if known else "I know nothing about you yet.")
        case "chat":
            hint = 'Say "remember that I like window seats", then open a new thread and ask what I know.'
            return Reply(f"I hold {len(known)} notes about you. {hint}")


MODEL = ScriptedChat(script=notes_reply, model_name="demo-small")


def _namespace(runtime: Runtime[NotesContext]) -> tuple[str, str]:
    return ("notes", (runtime.context or NotesContext()).user_id)


async def recall(state: NotesState, runtime: Runtime[NotesContext]) -> dict[str, Any]:
    """Read the user's notes from the store."""
    await pause(0.3)
    assert runtime.store is not None
    items = await runtime.store.asearch(_namespace(runtime), limit=100)
    known = [str(item.value["text"]) for item in sorted(items, key=lambda item: item.key)]
    return {"known": known, "wish": wish_of(last_human_text(state["messages"]))}


async def answer(state: NotesState) -> dict[str, Any]:
    """Tell the human what happens."""
    notes = SystemMessage("\n".join(state["known"]))
    return {"messages": [await MODEL.ainvoke([notes, *state["messages"]])]}


def memory_step(state: NotesState) -> Literal["save_note", "delete_notes", "__end__"]:
    """Write to the store only when the human asked for it."""
    match state["wish"]["action"]:
        case "remember":
            return "save_note"
        case "forget":
            return "delete_notes"
        case _:
            return "__end__"


async def save_note(state: NotesState, runtime: Runtime[NotesContext]) -> dict[str, Any]:
    """Put the note into the store."""
    await pause(0.3)
    assert runtime.store is not None
    text = state["wish"]["text"]
    key = re.sub(r"\W+", "-", text.lower()).strip("-")[:60] or "note"
    await runtime.store.aput(_namespace(runtime), key, {"text": text, "source": "conversation"})
    return {"known": sorted({*state["known"], text})}


async def delete_notes(state: NotesState, runtime: Runtime[NotesContext]) -> dict[str, Any]:
    """Delete the notes that hold one of the words to forget."""
    await pause(0.3)
    assert runtime.store is not None
    words = set(re.findall(r"\w{4,}", state["wish"]["text"].lower()))
    everything = state["wish"]["text"].lower() in {"everything", "all", "it all"}
    for item in await runtime.store.asearch(_namespace(runtime), limit=100):
        if everything or words & set(re.findall(r"\w{4,}", str(item.value["text"]).lower())):
            await runtime.store.adelete(item.namespace, item.key)
    left = await runtime.store.asearch(_namespace(runtime), limit=100)
    return {"known": sorted(str(item.value["text"]) for item in left)}


builder = StateGraph(NotesState, context_schema=NotesContext)
builder.add_node("recall", recall)
builder.add_node("answer", answer)
builder.add_node("save_note", save_note)
builder.add_node("delete_notes", delete_notes)
builder.add_edge(START, "recall")
builder.add_edge("recall", "answer")
builder.add_conditional_edges("answer", memory_step)
builder.add_edge("save_note", END)
builder.add_edge("delete_notes", END)
graph = builder.compile()
