"""Map-reduce: plan topics, research each in a subgraph of its own at the same time, write one report."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from typing import Annotated, Any, NotRequired

from langchain_core.messages import BaseMessage, HumanMessage
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from pydantic import Field
from typing_extensions import TypedDict

from studio_tui.demo.conversation import last_human_text
from studio_tui.demo.pace import pause
from studio_tui.demo.scripted import Reply, ScriptedChat

ANGLES = ("Background", "Benefits", "Costs and risks", "Who does it well", "Open questions", "Outlook")
DEFAULT_TOPICS = 3


class Section(TypedDict):
    """What one research worker hands in."""

    topic: str
    sources: list[str]
    summary: str


class ResearchRequest(TypedDict):
    """The question to look into."""

    question: Annotated[str, Field(description="What the report is about", examples=["Night trains in Europe"])]
    topics: NotRequired[Annotated[int, Field(description="How many topics to research in parallel", ge=1, le=6)]]


class ReportState(TypedDict, total=False):
    """The whole report on its way."""

    question: str
    topics: int
    outline: list[str]
    sections: Annotated[list[Section], operator.add]
    report: str


class TopicState(TypedDict, total=False):
    """One topic in the hands of one worker."""

    question: str
    topic: str
    sources: list[str]
    notes: list[str]
    sections: Annotated[list[Section], operator.add]


class TopicResult(TypedDict):
    """What a worker gives back to the report."""

    sections: Annotated[list[Section], operator.add]


def summary_reply(messages: Sequence[BaseMessage]) -> Reply:
    """A short summary of one topic; the prompt is `topic | question`."""
    topic, _, question = last_human_text(messages).partition(" | ")
    lines = {
        "Background": f"Interest in {question} goes back further than most people think, and comes in waves.",
        "Benefits": f"The case for {question} rests on three things: less waiting, lower cost per head, more choice.",
        "Costs and risks": f"The bill for {question} arrives late: upkeep, training, and one supplier too few.",
        "Who does it well": f"Two small teams show how {question} works: they measure weekly and drop what fails.",
        "Open questions": f"Nobody has good figures yet on how {question} behaves at ten times today's scale.",
        "Outlook": f"Expect slow years first; {question} will look obvious in hindsight.",
    }
    return Reply(lines.get(topic, f"{topic}: nothing certain can be said about {question}."))


def report_reply(messages: Sequence[BaseMessage]) -> Reply:
    """The closing paragraph of the report; the prompt is the question."""
    question = last_human_text(messages)
    return Reply(
        f"Taken together: {question} is worth a small, measured trial. Start with one team, agree on what would "
        "make you stop, and look at the figures after six weeks."
    )


ANALYST = ScriptedChat(script=summary_reply, model_name="demo-small")
EDITOR = ScriptedChat(script=report_reply)


async def plan(state: ReportState) -> dict[str, Any]:
    """Choose the topics."""
    await pause(0.8)
    question = re.sub(r"\s+", " ", state.get("question") or "").strip() or "Night trains in Europe"
    count = max(1, min(len(ANGLES), int(state.get("topics") or DEFAULT_TOPICS)))
    return {"question": question, "outline": list(ANGLES[:count])}


def assign_topics(state: ReportState) -> list[Send]:
    """One research worker per topic."""
    return [Send("research_topic", {"question": state["question"], "topic": topic}) for topic in state["outline"]]


async def search_sources(state: TopicState) -> dict[str, Any]:
    """Find sources; some topics take longer than others."""
    topic = state["topic"]
    get_stream_writer()({"topic": topic, "status": "searching"})
    await pause(0.5 + len(topic) % 5 * 0.25)
    slug = re.sub(r"\W+", "-", topic.lower())
    return {"sources": [f"journal.example/{slug}/{number}" for number in (1, 2, 3)]}


async def read_sources(state: TopicState) -> dict[str, Any]:
    """Take notes from each source."""
    notes = []
    for number, source in enumerate(state["sources"], start=1):
        await pause(0.4)
        get_stream_writer()({"topic": state["topic"], "status": f"read {number} of {len(state['sources'])}"})
        notes.append(f"{source}: agrees with the common view, adds one figure")
    return {"notes": notes}


async def summarize(state: TopicState) -> dict[str, Any]:
    """Write the section."""
    answer = await ANALYST.ainvoke([HumanMessage(f"{state['topic']} | {state['question']}")])
    section = Section(topic=state["topic"], sources=state["sources"], summary=str(answer.content))
    return {"sections": [section]}


async def write_report(state: ReportState) -> dict[str, Any]:
    """Put the sections in the planned order and close with a recommendation."""
    closing = await EDITOR.ainvoke([HumanMessage(state["question"])])
    order = {topic: position for position, topic in enumerate(state["outline"])}
    newest = {section["topic"]: section for section in state["sections"]}
    sections = sorted(newest.values(), key=lambda section: order.get(section["topic"], len(order)))
    body = "\n\n".join(f"## {section['topic']}\n{section['summary']}" for section in sections)
    return {"report": f"# {state['question']}\n\n{body}\n\n## Recommendation\n{closing.content}"}


worker = StateGraph(TopicState, output_schema=TopicResult)
worker.add_node("search_sources", search_sources)
worker.add_node("read_sources", read_sources)
worker.add_node("summarize", summarize)
worker.add_edge(START, "search_sources")
worker.add_edge("search_sources", "read_sources")
worker.add_edge("read_sources", "summarize")
worker.add_edge("summarize", END)


builder = StateGraph(ReportState, input_schema=ResearchRequest)
builder.add_node("plan", plan)
builder.add_node("research_topic", worker.compile())
builder.add_node("write_report", write_report)
builder.add_edge(START, "plan")
builder.add_conditional_edges("plan", assign_topics, ["research_topic"])
builder.add_edge("research_topic", "write_report")
builder.add_edge("write_report", END)
graph = builder.compile()
