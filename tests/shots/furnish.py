"""What the demo server holds before states are drawn: threads of several graphs, some of which wait or have failed,
items in the store, crons, and an assistant with versions. All of it is made by the server itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

LONG_TITLE = (
    "Quarterly review of every travel booking of the Lisbon, Zürich and 東京 offices, with the flights that were "
    "rebooked, the hotels that were cancelled too late, and who signed for what"
)
LONG_PURPOSE = (
    "Team offsite in Lisbon, three days, eleven people. The room at the harbour was cancelled by the landlord two days "
    "before, so we paid for a replacement on the spot, with the deposit that the first landlord still owes us. "
    "Receipts for the trains, the replacement room, four dinners and the projector are attached; the fifth dinner was "
    "paid in cash, and its receipt got wet on the ferry. Please charge the projector to equipment and not to travel, "
    "and tell us whether the deposit may be booked as a receivable until the landlord has paid it back."
)


@dataclass(frozen=True)
class Furniture:
    """What was made: thread ids by name."""

    threads: Mapping[str, str]


def _human(text: str) -> dict[str, Any]:
    return {"messages": [{"type": "human", "content": text}]}


_THREADS: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("notes", "memory_notes", _human("remember that I like window seats"), ""),
    ("weather", "travel_agent", _human("What's the weather in SF?"), ""),
    ("weekend", "travel_agent", _human("Plan a weekend in Lisbon"), "Weekend in Lisbon"),
    ("titled", "travel_agent", _human("Find me a flight to Tokyo"), LONG_TITLE),
    ("failed", "flaky_pipeline", {"rows": 3600, "fail_at": "validate", "error": "ValueError"}, "Nightly import"),
    ("laptop", "purchase_order", {"item": "laptop", "eur": 1890}, "Laptop for the new designer"),
    ("tokyo", "trip_planner", {"destination": "Tokyo", "nights": 4, "travellers": 2}, ""),
    ("offsite", "expense_approval", {"amount": 960, "purpose": "Team offsite in Lisbon", "employee": "Ana Reis"}, ""),
    ("long", "expense_approval", {"amount": 4310.55, "purpose": LONG_PURPOSE, "category": "travel"}, "Offsite, part 2"),
)
"""Name, graph, input, and title."""

_ITEMS: tuple[tuple[str, str, Any], ...] = (
    ("notes.demo-user", "prefers-aisle-on-night-flights", {"text": "prefers the aisle on night flights"}),
    ("notes.demo-user", "vegetarian", {"text": "eats no meat, eats fish", "source": "profile", "since": 2021}),
    ("notes.ana", "lisbon", {"text": "lives in Lisbon, Campo de Ourique"}),
    ("profiles.ana", "address", {"city": "Lisbon", "zip": "1350-001", "tags": ["home", "billing"]}),
    ("profiles.ana", "travel", {"seat": "window", "loyalty": {"Northwind": "gold", "Skylark": None}}),
    ("profiles.ren", "address", {"city": "東京", "zip": "100-0001"}),
    ("prompts.brand.en", "voice", {"text": "Plain words, short sentences, no superlatives.", "version": 7}),
    ("prompts.brand.de", "voice", {"text": "Kurze Sätze. Keine Superlative.", "version": 3}),
)

_CRONS: tuple[tuple[str, str, str, dict[str, Any], bool], ...] = (
    ("flaky_pipeline", "0 3 * * *", "Europe/Berlin", {"rows": 3600, "fail_at": "none"}, True),
    ("travel_agent", "30 9 * * 1-5", "America/New_York", _human("What's the weather in NYC?"), True),
    ("research_report", "0 18 1 * *", "", {"question": "Night trains in Europe", "topics": 3}, True),
    ("brand_writer", "15 7 * * 1", "Asia/Tokyo", {"product": "a rain jacket made of old sails"}, False),
)
"""Graph, schedule, time zone, input, and whether it is on."""

_VERSIONS: tuple[dict[str, Any], ...] = (
    {"model": "demo-large", "temperature": 0.3, "max_words": 80},
    {"model": "demo-small", "temperature": 0.3, "max_words": 60},
    {
        "model": "demo-small",
        "temperature": 0.7,
        "max_words": 60,
        "system_prompt": "You write for a mountain hut.\nPlain words.\nNo superlatives.",
    },
)


async def furnish(base_url: str) -> Furniture:
    """Make all of it. Raises httpx.HTTPError when the server refuses something."""
    async with httpx.AsyncClient(base_url=base_url, timeout=60, trust_env=False) as http:
        made = await asyncio.gather(*(_thread(http, *wanted) for wanted in _THREADS))
        for namespace, key, value in _ITEMS:
            await _send(http, "PUT", "/store/items", {"namespace": namespace.split("."), "key": key, "value": value})
        for graph, schedule, zone, given, enabled in _CRONS:
            body = {"assistant_id": graph, "schedule": schedule, "input": given, **({"timezone": zone} if zone else {})}
            cron = await _send(http, "POST", "/runs/crons", body)
            if not enabled:
                await _send(http, "PATCH", f"/runs/crons/{cron['cron_id']}", {"enabled": False})
        await _assistant(http)
    return Furniture({name: thread for (name, *_), thread in zip(_THREADS, made, strict=True)})


async def forget(base_url: str, kept: Furniture) -> None:
    """Delete the threads that came since, so that every state is drawn on the same server."""
    async with httpx.AsyncClient(base_url=base_url, timeout=60, trust_env=False) as http:
        found = await _send(http, "POST", "/threads/search", {"limit": 1000})
        for thread_id in {item["thread_id"] for item in found} - set(kept.threads.values()):
            (await http.delete(f"/threads/{thread_id}")).raise_for_status()


async def _thread(http: httpx.AsyncClient, _name: str, graph: str, given: dict[str, Any], title: str) -> str:
    thread = await _send(http, "POST", "/threads", {"metadata": {"title": title} if title else {}})
    thread_id = str(thread["thread_id"])
    await _send(http, "POST", f"/threads/{thread_id}/runs/wait", {"assistant_id": graph, "input": given})
    return thread_id


async def _assistant(http: httpx.AsyncClient) -> None:
    first, *later = _VERSIONS
    body = {"graph_id": "brand_writer", "name": "Mountain hut", "description": "Short copy for the hut's newsletter."}
    made = await _send(http, "POST", "/assistants", {**body, "context": first})
    for context in later:
        await _send(http, "PATCH", f"/assistants/{made['assistant_id']}", {"context": context})


async def _send(http: httpx.AsyncClient, method: str, path: str, body: Any) -> Any:
    answer = await http.request(method, path, json=body)
    answer.raise_for_status()
    return answer.json() if answer.content else None
