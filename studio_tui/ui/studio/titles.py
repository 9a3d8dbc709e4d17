"""The titles in the borders of the Studio's panels: each names its panel, and those that share its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.kit.lists.panel_tabs import UNREAD
from studio_tui.ui.studio.layout import Plan
from studio_tui.ui.studio.panels import INSPECTOR, LABELS, PAST

PATHS = "What you can do here"


def beside(plan: Plan, panel: str) -> tuple[str, ...]:
    """Return the panels that `panel` shares its place with, in the order of their numbers."""
    if plan.tabs or len(plan.columns) < 2:
        return ()
    if panel in PAST:
        return tuple(other for other in PAST if other != panel)
    if panel not in INSPECTOR:
        return ()
    column = next(column.panels for column in plan.columns if panel in column.panels)
    if panel != column[-1] or (len(plan.columns) > 2 and panel == "messages"):
        return ()
    return tuple(other for other in INSPECTOR if other not in plan.panels)


def name(panel: str, unread: Collection[str] = ()) -> str:
    label = LABELS.get(panel, PATHS)
    return f"{label} {UNREAD}" if panel in unread else label


def others(panels: Iterable[str], unread: Collection[str]) -> Line:
    """Return what stands behind the name of the open one."""
    spans = [Span(f"{'  ' if place else ' ·  '}{name(panel, unread)}", "muted") for place, panel in enumerate(panels)]
    return tuple(spans)


def at(plan: Plan, panel: str, x: int, unread: Collection[str] = ()) -> str:
    """Return the panel whose name stands `x` cells behind the beginning of a title; empty where none does."""
    end = line_width((Span(name(panel)),))
    for other, span in zip(beside(plan, panel), others(beside(plan, panel), unread), strict=True):
        begin = end
        end += line_width((span,))
        if begin < x <= end:
            return other
    return ""
