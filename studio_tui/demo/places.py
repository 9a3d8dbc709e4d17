"""The demo's small world: cities with their weather, flights and hotels. Invented, stable, no network."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """One city of the demo world."""

    name: str
    airport: str
    condition: str
    celsius: int
    wind_kmh: int
    advice: str
    aliases: tuple[str, ...] = ()


CITIES = (
    City("San Francisco", "SFO", "fog early, then sun", 16, 21, "take a light jacket", ("sf", "san fran", "frisco")),
    City("New York", "JFK", "clear", 22, 14, "good walking weather", ("nyc", "manhattan")),
    City("London", "LHR", "light rain", 13, 18, "bring an umbrella"),
    City("Paris", "CDG", "scattered clouds", 19, 9, "fine for the terraces"),
    City("Berlin", "BER", "overcast", 15, 12, "a sweater will do"),
    City("Lisbon", "LIS", "sunny", 26, 16, "sunscreen, and water for the hills", ("lisboa",)),
    City("Rome", "FCO", "hot and sunny", 31, 7, "see the sights before noon", ("roma",)),
    City("Zürich", "ZRH", "thunderstorms in the evening", 20, 24, "plan indoors after five", ("zurich",)),
    City("Tokyo", "HND", "humid, 60 % chance of rain", 27, 11, "carry a folding umbrella", ("東京",)),
    City("Singapore", "SIN", "short heavy showers", 31, 10, "dress light, expect rain"),
    City("Sydney", "SYD", "bright and cool", 17, 19, "layers work best"),
    City("Reykjavík", "KEF", "windy, 4 °C feels like -2", 4, 46, "a windproof jacket is not optional", ("reykjavik",)),
)


def cities_in(text: str) -> list[City]:
    """The cities named in `text`, in the order in which they are named."""
    found: dict[str, tuple[int, City]] = {}
    for city in CITIES:
        for name in (city.name, city.airport, *city.aliases):
            match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
            if match and (city.name not in found or match.start() < found[city.name][0]):
                found[city.name] = (match.start(), city)
    return [city for _, city in sorted(found.values(), key=lambda item: item[0])]


def city(name: str) -> City | None:
    """The city called `name`, or None when the demo world does not have it."""
    return next(iter(cities_in(name)), None)


def flights(origin: City, destination: City) -> list[dict[str, str | int]]:
    """Three flights between two cities, cheapest first; the same ones every time."""
    seed = sum(map(ord, origin.airport + destination.airport))
    airlines = ("Northwind", "Skylark", "Blue Meridian", "Aurora Air")
    offers: list[dict[str, str | int]] = [
        {
            "flight": f"{airlines[(seed + i) % 4][:2].upper()} {seed % 700 + 100 + 7 * i}",
            "airline": airlines[(seed + i) % 4],
            "from": origin.airport,
            "to": destination.airport,
            "departs": f"{(seed + 5 * i) % 14 + 6:02d}:{(seed * 5) % 12 * 5:02d}",
            "stops": (seed + i) % 2,
            "price_eur": 89 + (seed * (i + 3)) % 240,
        }
        for i in range(3)
    ]
    return sorted(offers, key=lambda offer: int(offer["price_eur"]))


def hotels(place: City, nights: int) -> list[dict[str, str | int | float]]:
    """Three hotels with the price of the whole stay, best rating first; the same ones every time."""
    seed = sum(map(ord, place.name))
    names = ("Hotel Meridian", "The Old Post House", "Casa Verde", "Harbour Rooms", "Station Loft")
    offers: list[dict[str, str | int | float]] = [
        {
            "hotel": names[(seed + i) % 5],
            "city": place.name,
            "rating": round(4.8 - 0.3 * i, 1),
            "per_night_eur": 74 + (seed * (i + 2)) % 130,
            "total_eur": (74 + (seed * (i + 2)) % 130) * nights,
        }
        for i in range(3)
    ]
    return offers
