"""What of the Studio screen is shown at which size. Pure: sizes in, sets of panel ids out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Size = Literal["tiny", "narrow", "wide", "ultra"]

INSPECTOR = ("state", "messages", "diff", "raw")
CENTRE = ("graph", "timeline")
ALL = ("threads", *CENTRE, *INSPECTOR)

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


@dataclass(frozen=True, slots=True)
class Plan:
    """One arrangement: its size class, whether it is low, and which panels are shown."""

    size: Size
    short: bool
    panels: frozenset[str]
    composer: bool
    tabs: tuple[str, ...]
    """Panels offered in the row of tabs over the whole width; empty when all columns stand side by side."""


def plan(width: int, height: int, *, active: str, inspector: str, zoomed: bool) -> Plan:
    """Return the arrangement for a terminal; `inspector` is the open tab, `active` the panel in use."""
    short = height < SHORT
    if width < TINY[0] or height < TINY[1]:
        return Plan("tiny", short, frozenset(), composer=False, tabs=())
    if zoomed:
        size: Size = "narrow" if width < WIDE else "wide"
        return Plan(size, short, frozenset({active}), composer=False, tabs=ALL if size == "narrow" else ())
    if width < WIDE:
        return Plan("narrow", short, _one_column(active, height), composer=True, tabs=ALL)
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
