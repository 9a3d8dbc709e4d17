"""A tool-calling agent: the model decides, the tools look things up, the model answers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.tools import ToolException, tool
from langgraph.config import get_stream_writer
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

from studio_tui.demo.conversation import human_texts, mentions, text_of, trailing_tool_results
from studio_tui.demo.pace import pause
from studio_tui.demo.places import City, cities_in, city, flights, hotels
from studio_tui.demo.scripted import PlannedCall, Reply, ScriptedChat

WEATHER_WORDS = ("weather", "forecast*", "temperature", "rain*", "sun*", "hot", "warm*", "cold*", "umbrella", "pack*")
FLIGHT_WORDS = ("flight", "fly", "flying", "plane", "airfare")
HOTEL_WORDS = ("hotel", "stay*", "room", "sleep", "night")
TRIP_WORDS = ("trip", "weekend", "holiday", "vacation", "visit*", "travel to", "plan")


@tool
async def get_weather(city_name: str) -> str:
    """Get the current weather in a city."""
    get_stream_writer()({"tool": "get_weather", "status": f"asking the weather station in {city_name}"})
    await pause(0.8)
    place = _known(city_name)
    return json.dumps(
        {
            "city": place.name,
            "condition": place.condition,
            "celsius": place.celsius,
            "wind_kmh": place.wind_kmh,
            "advice": place.advice,
        },
        ensure_ascii=False,
    )


@tool
async def search_flights(origin: str, destination: str) -> str:
    """Search flights between two cities, cheapest first."""
    start, goal = _known(origin), _known(destination)
    for airline in ("Northwind", "Skylark", "Aurora Air"):
        get_stream_writer()({"tool": "search_flights", "status": f"asking {airline}"})
        await pause(0.4)
    return json.dumps(flights(start, goal), ensure_ascii=False)


@tool
async def find_hotels(city_name: str, nights: int = 2) -> str:
    """Find hotels in a city, best rating first, with the price of the whole stay."""
    get_stream_writer()({"tool": "find_hotels", "status": f"comparing rooms in {city_name}"})
    await pause(1.0)
    return json.dumps(hotels(_known(city_name), nights), ensure_ascii=False)


def _known(name: str) -> City:
    place = city(name)
    if place is None:
        raise ToolException(f"no data for {name!r}")
    return place


def plan_reply(messages: Sequence[BaseMessage]) -> Reply:
    """What the model says next: an answer to the tool results, tool calls, or small talk."""
    results = trailing_tool_results(messages)
    if results:
        return Reply(_plan(results) or " ".join(_told(result) for result in results))
    asked = human_texts(messages)
    question = asked[-1] if asked else ""
    calls = _calls_for(question, asked[:-1])
    if calls:
        return Reply(_announcement(calls), calls)
    return Reply(_small_talk(question))


def _calls_for(question: str, earlier: Sequence[str]) -> tuple[PlannedCall, ...]:
    """The tool calls a question needs; "and in Paris?" repeats the last topic for another city."""
    places = cities_in(question)
    topics = _topics(question)
    if places and not topics:
        topics = next((known for text in reversed(earlier) if (known := _topics(text))), {"weather"})
    if topics and not places:
        places = next((found for text in reversed(earlier) if (found := cities_in(text))), [])
    unknown = _unknown_place(question)
    if topics == {"weather"} and not cities_in(question) and unknown:
        return (PlannedCall("get_weather", {"city_name": unknown}),)
    calls: list[PlannedCall] = []
    if "flight" in topics and len(places) > 1:
        calls.append(PlannedCall("search_flights", {"origin": places[0].name, "destination": places[1].name}))
        places = places[1:]
    elif "flight" in topics and places:
        origin = "Berlin" if places[0].name != "Berlin" else "London"
        calls.append(PlannedCall("search_flights", {"origin": origin, "destination": places[0].name}))
    for place in places:
        if "weather" in topics:
            calls.append(PlannedCall("get_weather", {"city_name": place.name}))
        if "hotel" in topics:
            calls.append(PlannedCall("find_hotels", {"city_name": place.name, "nights": _nights(question)}))
    return tuple(calls)


def _topics(text: str) -> set[str]:
    words = {"weather": WEATHER_WORDS, "flight": FLIGHT_WORDS, "hotel": HOTEL_WORDS}
    found = {topic for topic, starts in words.items() if mentions(text, starts)}
    if not found and mentions(text, TRIP_WORDS):
        return {"weather", "hotel"}
    return found


def _nights(question: str) -> int:
    match = re.search(r"(\d+)\s+(?:night|day)", question)
    return max(1, min(30, int(match[1]))) if match else 2


def _unknown_place(question: str) -> str:
    match = re.search(r"\bin ([A-ZÀ-Ý][\w'-]+(?: [A-ZÀ-Ý][\w'-]+)*)", question)
    return match[1] if match else ""


def _announcement(calls: Sequence[PlannedCall]) -> str:
    if len(calls) == 1:
        return ""
    return f"I'll look up {len(calls)} things at once. "


def _plan(results: Sequence[ToolMessage]) -> str:
    """A whole trip, in Markdown: where both the weather and the hotels of one city were asked for."""
    if [result.name for result in results] != ["get_weather", "find_hotels"] or any(
        result.status == "error" for result in results
    ):
        return ""
    weather, offers = (json.loads(text_of(result)) for result in results)
    best = offers[0]
    nights = best["total_eur"] // best["per_night_eur"]
    rows = [f"| {o['hotel']} | {o['rating']} | €{o['per_night_eur']} | €{o['total_eur']} |" for o in offers]
    return "\n".join(
        [
            f"## {weather['city']} in {nights} nights",
            "",
            f"It will be **{weather['condition']}** at {weather['celsius']} °C: _{weather['advice']}_.",
            "",
            "| hotel | rating | a night | in all |",
            "|:------|:------:|--------:|-------:|",
            *rows,
            "",
            "1. Arrive, and leave the bags at " + best["hotel"],
            "2. The old town",
            "   - [x] good shoes",
            "   - [ ] a map",
            "3. Home again",
            "",
            "To book, send this:",
            "",
            "```json",
            json.dumps({"hotel": best["hotel"], "nights": nights, "total_eur": best["total_eur"]}, indent=2),
            "```",
            "",
        ]
    )


def _told(result: ToolMessage) -> str:
    if result.status == "error":
        return f"I could not look that up: {text_of(result)}. Try a larger city nearby, for example Lisbon or Tokyo."
    data = json.loads(text_of(result))
    match result.name:
        case "get_weather":
            return _told_weather(data)
        case "search_flights":
            return _told_flights(data)
        case _:
            return _told_hotels(data)


def _told_weather(data: dict[str, Any]) -> str:
    fahrenheit = round(data["celsius"] * 9 / 5 + 32)
    return (
        f"It is {data['celsius']} °C ({fahrenheit} °F) in **{data['city']}**: {data['condition']}, "
        f"wind {data['wind_kmh']} km/h. My advice: {data['advice']}."
    )


def _told_flights(offers: list[dict[str, Any]]) -> str:
    lines = [
        f"- {o['airline']} {o['flight']}, {o['departs']}, "
        f"{'direct' if not o['stops'] else 'one stop'}, €{o['price_eur']}"
        for o in offers
    ]
    return f"Flights {offers[0]['from']} → {offers[0]['to']}, cheapest first:\n" + "\n".join(lines) + "\n\n"


def _told_hotels(offers: list[dict[str, Any]]) -> str:
    lines = [f"- {o['hotel']} ({o['rating']}): €{o['per_night_eur']} a night, €{o['total_eur']} in all" for o in offers]
    return f"Hotels in {offers[0]['city']}:\n" + "\n".join(lines) + "\n\n"


def _small_talk(question: str) -> str:
    if mentions(question, ("thank*", "thx", "great", "perfect", "cool")):
        return "You're welcome. Anything else about your trip?"
    if mentions(question, ("hi", "hello", "hey", "good morning", "good evening")):
        return 'Hello! Ask me about weather, flights or hotels, for example: "what\'s the weather in sf".'
    if mentions(question, ("bye", "goodbye", "see you")):
        return "Have a good trip!"
    if mentions(question, ("who are you", "what are you", "what can you", "help")):
        return (
            "I am a demo travel agent. My words are scripted, but the graph, the tools and the stream are real. "
            "I know the weather, flights and hotels of a dozen cities: San Francisco, New York, London, Paris, "
            "Berlin, Lisbon, Rome, Zürich, Tokyo, Singapore, Sydney and Reykjavík."
        )
    if _topics(question):
        return 'Which city? For example: "weather in Tokyo", or "flights from Berlin to Lisbon".'
    return (
        "I only know about travel. Try one of these:\n"
        "- what's the weather in sf\n- compare the weather in Paris and Rome\n"
        "- flights from Berlin to Lisbon and a hotel for 3 nights"
    )


MODEL = ScriptedChat(script=plan_reply)


async def agent(state: MessagesState) -> dict[str, Any]:
    """Ask the model what to say or which tools to call."""
    return {"messages": [await MODEL.ainvoke(state["messages"])]}


def next_step(state: MessagesState) -> Literal["tools", "__end__"]:
    """To the tools while the model asks for them, else to the end."""
    return "tools" if getattr(state["messages"][-1], "tool_calls", None) else "__end__"


def _apology(error: Exception) -> str:
    return str(error)


builder = StateGraph(MessagesState)
builder.add_node("agent", agent)
builder.add_node("tools", ToolNode([get_weather, search_flights, find_hotels], handle_tool_errors=_apology))
builder.add_edge(START, "agent")
builder.add_conditional_edges("agent", next_step)
builder.add_edge("tools", "agent")
graph = builder.compile()
