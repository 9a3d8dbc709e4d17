"""Subgraphs two deep: planner → bookings → payment, which waits for approval of the total."""

from __future__ import annotations

import operator
from typing import Annotated, Any, Literal, NotRequired

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from pydantic import Field
from typing_extensions import TypedDict

from studio_tui.demo.pace import pause
from studio_tui.demo.places import City, cities_in, flights, hotels

DEFAULT_CITY = "Lisbon"
SERVICE_FEE_EUR = 19


class TripRequest(TypedDict):
    """Where to, how long, how many."""

    destination: Annotated[str, Field(description="City to visit", examples=["Lisbon", "Tokyo", "Paris"])]
    nights: NotRequired[Annotated[int, Field(description="Nights to stay", ge=1, le=30)]]
    travellers: NotRequired[Annotated[int, Field(description="Number of people", ge=1, le=9)]]


class TripState(TypedDict, total=False):
    """The trip as the planner sees it."""

    destination: str
    nights: int
    travellers: int
    flight: dict[str, Any]
    hotel: dict[str, Any]
    receipt: dict[str, Any]
    itinerary: str
    log: Annotated[list[str], operator.add]


class BookingState(TypedDict, total=False):
    """The part of the trip that gets booked."""

    destination: str
    nights: int
    travellers: int
    flight: dict[str, Any]
    hotel: dict[str, Any]
    receipt: dict[str, Any]


class PaymentState(TypedDict, total=False):
    """The part that costs money."""

    flight: dict[str, Any]
    hotel: dict[str, Any]
    travellers: int
    quote: dict[str, Any]
    card: str
    receipt: dict[str, Any]


PAYMENT_ANSWER = {
    "title": "PaymentApproval",
    "type": "object",
    "properties": {
        "approved": {"type": "boolean", "title": "Approve the payment"},
        "card": {"type": "string", "enum": ["company", "personal"], "title": "Card to charge", "default": "company"},
    },
    "required": ["approved"],
}


def _city(name: str) -> City:
    return next(iter(cities_in(name) or cities_in(DEFAULT_CITY)))


async def plan_trip(state: TripState) -> dict[str, Any]:
    """Settle the open questions of the request."""
    await pause(0.6)
    place = _city(state.get("destination") or DEFAULT_CITY)
    # Prices are multiplied by these: servers cannot write integers of more than 64 bits, and fail on every read.
    nights = min(30, max(1, int(state.get("nights") or 3)))
    travellers = min(9, max(1, int(state.get("travellers") or 1)))
    return {
        "destination": place.name,
        "nights": nights,
        "travellers": travellers,
        "log": [f"{travellers} going to {place.name} for {nights} nights; {place.advice}"],
    }


async def reserve_flight(state: BookingState) -> dict[str, Any]:
    """Hold the cheapest flight."""
    await pause(0.9)
    goal = _city(state["destination"])
    origin = _city("Berlin" if goal.name != "Berlin" else "London")
    return {"flight": flights(origin, goal)[0]}


async def reserve_hotel(state: BookingState) -> dict[str, Any]:
    """Hold the best-rated hotel."""
    await pause(0.9)
    return {"hotel": hotels(_city(state["destination"]), state["nights"])[0]}


async def quote_total(state: PaymentState) -> dict[str, Any]:
    """Add everything up."""
    await pause(0.4)
    flight = int(state["flight"]["price_eur"]) * state["travellers"]
    hotel = int(state["hotel"]["total_eur"])
    quote = {"flights_eur": flight, "hotel_eur": hotel, "fee_eur": SERVICE_FEE_EUR}
    return {"quote": {**quote, "total_eur": flight + hotel + SERVICE_FEE_EUR}}


async def authorize_payment(state: PaymentState) -> Command[Literal["charge_card", "release_holds"]]:
    """Wait until a human allows the charge."""
    answer = interrupt(
        {
            "question": f"Charge €{state['quote']['total_eur']} for this trip?",
            "quote": state["quote"],
            "hotel": state["hotel"]["hotel"],
            "flight": state["flight"]["flight"],
        },
        response_schema=PAYMENT_ANSWER,
    )
    approved, card = _approval(answer)
    if approved:
        return Command(goto="charge_card", update={"card": card})
    return Command(goto="release_holds")


def _approval(answer: Any) -> tuple[bool, str]:
    if isinstance(answer, dict):
        approved = answer.get("approved", answer.get("type") in {"accept", "approve"})
        return bool(approved), str(answer.get("card") or "company")
    if isinstance(answer, str):
        return answer.strip().lower() in {"yes", "y", "ok", "approve", "approved", "accept"}, "company"
    return bool(answer), "company"


async def charge_card(state: PaymentState) -> dict[str, Any]:
    """Take the money."""
    get_stream_writer()({"payment": "contacting the bank", "card": state["card"]})
    await pause(1.0)
    return {"receipt": {"status": "paid", "card": state["card"], **state["quote"]}}


async def release_holds(state: PaymentState) -> dict[str, Any]:
    """Give flight and hotel back."""
    await pause(0.5)
    released = [state["flight"]["flight"], state["hotel"]["hotel"]]
    return {"receipt": {"status": "declined", "total_eur": 0, "released": released}}


async def send_itinerary(state: TripState) -> dict[str, Any]:
    """Write the itinerary, or say that nothing was booked."""
    await pause(0.5)
    if state["receipt"]["status"] != "paid":
        return {"itinerary": "Nothing was booked.", "log": ["payment declined, holds released"]}
    flight, hotel = state["flight"], state["hotel"]
    return {
        "itinerary": (
            f"{state['destination']}, {state['nights']} nights: {flight['airline']} {flight['flight']} at "
            f"{flight['departs']}, then {hotel['hotel']}. Paid €{state['receipt']['total_eur']}."
        ),
        "log": [f"paid with the {state['receipt']['card']} card"],
    }


payment = StateGraph(PaymentState)
payment.add_node("quote_total", quote_total)
payment.add_node("authorize_payment", authorize_payment)
payment.add_node("charge_card", charge_card)
payment.add_node("release_holds", release_holds)
payment.add_edge(START, "quote_total")
payment.add_edge("quote_total", "authorize_payment")
payment.add_edge("charge_card", END)
payment.add_edge("release_holds", END)

bookings = StateGraph(BookingState)
bookings.add_node("reserve_flight", reserve_flight)
bookings.add_node("reserve_hotel", reserve_hotel)
bookings.add_node("payment", payment.compile())
bookings.add_edge(START, "reserve_flight")
bookings.add_edge(START, "reserve_hotel")
bookings.add_edge("reserve_flight", "payment")
bookings.add_edge("reserve_hotel", "payment")
bookings.add_edge("payment", END)

builder = StateGraph(TripState, input_schema=TripRequest)
builder.add_node("plan_trip", plan_trip)
builder.add_node("bookings", bookings.compile())
builder.add_node("send_itinerary", send_itinerary)
builder.add_edge(START, "plan_trip")
builder.add_edge("plan_trip", "bookings")
builder.add_edge("bookings", "send_itinerary")
builder.add_edge("send_itinerary", END)
graph = builder.compile()
