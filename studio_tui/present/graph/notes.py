"""What of a note is written in which of a node's places. Where counts and times stand is decided by the most that can
come, and not by what has: nothing changes its place as it grows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from studio_tui.present.graph.mark import Part, Slot
from studio_tui.present.graph.places import Place
from studio_tui.text.cells import width

_TIME, _ROUGH, _COUNT, _ENDED = 4, 7, 3, 7
"""Cells that are kept for a time (`1.2s`, `12m`) or a rough one (`≤12m03s`), for visits (`×12`), for a fan-out
(`100/120`)."""
_WORDS = 24
"""Cells in which words say enough: another place with more is no better."""
_LIST_TIME = 6
"""Cells of the column of times of a list: `12m03s`."""

Written = tuple[Place, str, str]
"""From which cell on, what, in which role; the role may be empty."""


class Kind(NamedTuple):
    """What a note can become, whatever it is now."""

    fans: bool = False
    """The node has several tasks in a step."""
    rough: bool = False
    """Its time is the most that it took."""
    is_list: bool = False

    @property
    def cells(self) -> dict[Slot, int]:
        """Return what is kept for counts and times."""
        return {"count": _ENDED if self.fans else _COUNT, "time": _ROUGH if self.rough else _TIME}


def written(parts: Sequence[Part], places: Sequence[Place], kind: Kind) -> Iterator[Written]:
    """Yield what is written of a note: each part whole in one place, or not at all.

    Counts and times have places of their own, the first with room for the most that comes of both, else the first for
    each. Words have what is left, and all of it where they are urgent.
    """
    found: dict[Place, list[tuple[str, Part]]] = {place: [] for place in places}
    left = {place: place.cells + 1 for place in places}
    spare, places = [place for place in places if place.spare], [place for place in places if not place.spare]
    homes = _homes(places, kind) if places else {}
    widest = max(spare, key=lambda place: place.cells, default=None)
    if widest is not None and ("count" not in homes or homes["count"].cells < min(kind.cells["count"], widest.cells)):
        homes["count"] = widest

    if kind.is_list:  # one form for all: what is aligned is compared
        parts = [part._replace(forms=part.forms[:1]) if part.slot == "time" else part for part in parts]

    def write(part: Part, tried: Sequence[Place]) -> bool:
        for form in part.forms:
            for place in tried:
                if width(form) < left[place]:
                    left[place] -= width(form) + 1
                    found[place].append((form, part))
                    return True
        return False

    words = [part for part in parts if part.slot == "words"]
    numbers = [part for part in parts if part.slot != "words"]
    kept = dict.fromkeys(places, 0)
    for slot in {part.slot for part in numbers}:
        if homes.get(slot) in kept:
            kept[homes[slot]] += 1 + kind.cells[slot]
    for part in words:
        free = {place: left[place] - kept[place] for place in places}
        tried = sorted(places, key=lambda place: -min(free[place], _WORDS))
        beside = ((form, place) for form in part.forms for place in tried if width(form) < free[place])
        form, place = next(beside, ("", None))
        if place is not None:
            write(part._replace(forms=(form,)), [place])
        elif part.urgent:
            write(part, tried)
    for part in numbers:
        home = homes.get(part.slot)
        written_there = home is not None and write(part, [home])
        if not written_there and part.slot == "count":  # a time is left out where more has come than was kept
            write(part, [place for place in places if place != home])
    for place, texts in found.items():
        yield from _in_place(place, texts, kind)


def _homes(places: Sequence[Place], kind: Kind) -> dict[Slot, Place]:
    """Return where counts stand, and where times."""
    count, time = kind.cells["count"], kind.cells["time"]
    if kind.is_list:  # a column of counts behind the names, and one of times at the right
        behind = next((place for place in places if not place.at_end and place.cells >= count), None)
        column = next((place for place in places if place.at_end), places[0])
        return {"count": behind or column, "time": column}
    both = next((place for place in places if place.cells > count + time), None)
    if both is not None:
        return {"count": both, "time": both}
    home = next((place for place in places if place.cells >= count), max(places, key=lambda place: place.cells))
    left = {place: place.cells - (count + 1) * (place == home) for place in places}
    times = next((place for place in places if left[place] >= time), max(places, key=left.__getitem__))
    return {"count": home, "time": times}


def _in_place(place: Place, texts: list[tuple[str, Part]], kind: Kind) -> Iterator[Written]:
    """Yield what one place holds: what changes most is farthest from where the place is held."""
    order = ("words", "count", "time") if place.at_end else ("count", "time", "words")
    told = [(text, part) for slot in order for text, part in texts if part.slot == slot]
    size = sum(width(text) + 1 for text, _ in told) - 1
    if kind.is_list and place.at_end and told and told[-1][1].slot == "time":
        text, part = told[-1]
        told[-1] = (text.rjust(min(_LIST_TIME, width(text) + place.cells - size)), part)
        size = sum(width(text) + 1 for text, _ in told) - 1
    x = place.x + (place.cells - size - (place.rim and size < place.cells) if place.at_end else 0)
    for number, (text, part) in enumerate(told):
        text = f" {text}" if number else text  # noqa: PLW2901 - a border's line does not run between
        yield Place(x, place.y, width(text)), text, part.role
        x += width(text)
