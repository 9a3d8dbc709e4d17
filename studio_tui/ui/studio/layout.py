"""What of the Studio screen is shown at which size. Pure: sizes in, sets of panel ids out."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.ui.studio.panels import CENTRE, NUMBERED, PAST

Size = Literal["tiny", "narrow", "wide", "ultra"]


TINY = (60, 16)
"""Below this nothing useful fits."""
WIDE = 110
"""Columns from which all columns stand side by side."""
ULTRA = 150
"""Columns from which messages have a column of their own."""
SHORT = 30
"""Rows below which the composer is kept small."""
STACKED = 20
"""Rows from which a single column holds graph and timeline together."""


class Plan(Struct, frozen=True):
    """One arrangement: its size class, whether it is low, and which panels are shown."""

    size: Size
    short: bool
    panels: frozenset[str]
    composer: bool
    tabs: tuple[str, ...]
    """Panels offered in the row of tabs over the whole width; empty when all columns stand side by side."""
    dock: bool = False
    """Whether the questions of the graph are shown."""


def plan(
    width: int, height: int, *, active: str, inspector: str, zoomed: bool, past: str = PAST[0], asking: bool = False
) -> Plan:
    """Return the arrangement for a terminal; `active` is the panel in use, `inspector` and `past` are open tabs.

    `asking`: the graph has questions. In a low single column they take the place of a second panel.
    """
    place = PAST[0] if active in PAST else active
    found = _plan(width, height, active=place, inspector=inspector, zoomed=zoomed)
    if PAST[0] in found.panels:
        found = replace(found, panels=found.panels - {PAST[0]} | {past})
    if not asking or not found.composer:
        return found
    crowded = found.size == "narrow" and found.short and len(found.panels) > 1
    kept = found.panels & {active} or found.panels & {"graph"}
    return replace(found, dock=True, panels=kept if crowded else found.panels)


def _plan(width: int, height: int, *, active: str, inspector: str, zoomed: bool) -> Plan:
    short = height < SHORT
    if width < TINY[0] or height < TINY[1]:
        return Plan("tiny", short, frozenset(), composer=False, tabs=())
    if zoomed:
        size: Size = "narrow" if width < WIDE else "wide"
        return Plan(size, short, frozenset({active}), composer=False, tabs=NUMBERED if size == "narrow" else ())
    if width < WIDE:
        return Plan("narrow", short, _one_column(active, height), composer=True, tabs=NUMBERED)
    shown = {"threads", *CENTRE, inspector}
    if width < ULTRA:
        return Plan("wide", short, frozenset(shown), composer=True, tabs=())
    if inspector == "messages":
        shown.add("state")
    return Plan("ultra", short, frozenset(shown | {"messages"}), composer=True, tabs=())


def _one_column(active: str, height: int) -> frozenset[str]:
    if active in CENTRE and height >= STACKED:
        return frozenset(CENTRE)
    return frozenset({active})
