"""Where what stands on the Studio screen. Pure: sizes and what is wanted in, columns and boxes in cells out.

Nothing here asks who has the focus, what is typed or what is told: a layout changes with the terminal, the graph's
picture, the questions, what the user opens, and the user's own sizes.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from studio_tui.ui.studio.boxes import Border, Box, Places, Sizes
from studio_tui.ui.studio.panels import INSPECTOR, NUMBERED

Size = Literal["tiny", "narrow", "wide", "ultra"]

TINY = (60, 16)
"""Below this nothing useful fits."""
WIDE = 110
"""Columns from which two columns of panels stand side by side."""
SHORT = 30
"""Rows below which what is typed and asked is kept small."""
SHORT_QUESTIONS, SHORT_ALONE = 9, 12
"""Rows that questions take at most there: beside the composer, and without it or beside one row of it."""
STACKED = 20
"""Rows from which a single column holds two panels."""
BESIDE = 50
"""Columns that messages and another panel beside them need each; the right column keeps them however wide the graph."""
BAR = 1
"""Columns kept beside a picture: where questions make its pane lower, a scroll bar hides none of it."""
THREADS_FROM = 190
"""Columns from which the threads have a column of their own, where the others keep what they need."""
THREADS, MORE_THREADS = 34, 14
"""Columns of that one, and how many it gets besides for its titles from what the others do not need."""
LINES = 3
"""Rows around the body: the top row, the row above the keys, and the keys."""
TITLE = 1
"""Rows of a panel that is collapsed."""
LEAST = 3
"""Rows of a panel that somebody made small, or that questions leave little room."""
LEAST_WIDE = 20
"""Columns that a column keeps."""
RUN = ("graph", "timeline")
PAST = ("history", "graph", "paths")


class Wanted(Struct, frozen=True):
    """What is asked of the layout, besides the size of the terminal."""

    active: str = "graph"
    """The panel in use."""
    inspector: str = "messages"
    """The open tab of the right column."""
    past: str = "timeline"
    """`history`: the past is looked at, `timeline`: what runs."""
    zoomed: bool = False
    asking: bool = False
    """The graph has questions."""
    writing: bool = True
    """The composer is wanted although there are questions, or although the past has the room."""
    drawer: bool | None = None
    """Whether the threads are open; None: where they have a column of their own."""
    picture: tuple[int, int] = (0, 0)
    """Columns and rows of the graph's picture; 0 while there is none."""
    whole: bool = False
    """A question is to be read whole: it gets most of the screen."""
    loading: bool = False
    """The first graph is on its way: how many rows it leaves to what stands below it, nobody knows yet."""
    interrupted: bool = False
    """Questions came while somebody was in the composer: they have its rows, but for one."""


class Column(Struct, frozen=True):
    """Panels one below the other."""

    panels: tuple[str, ...]
    x: int
    width: int


class Plan(Struct, frozen=True):
    """One arrangement: which columns of panels there are, and what stands around them."""

    size: Size
    short: bool
    columns: tuple[Column, ...] = ()
    composer: bool = True
    tabs: tuple[str, ...] = ()
    """Panels offered in the row of tabs over the whole width; empty where tabs stand in the borders."""
    dock: bool = False
    """Whether the questions of the graph are shown."""
    full: int = 0
    """Rows of the body."""
    picture: int = 0
    """Rows of the graph's picture, with those of the scroll bar below one that is wider than its pane."""
    whole: bool = False
    """The questions have most of the body."""
    brief: bool = False
    """The composer has one row: questions came to whoever is there, or nobody called it and a low column has no more.
    """
    graph_first: bool = False
    """In a single column the graph is in use: what runs leaves it the rows that its picture needs."""

    @property
    def typing(self) -> int:
        """Return the most rows that the composer takes; beside a question, a form in a single column shows two rows."""
        if self.brief:
            return LEAST
        if self.dock and self.tabs and self.short:
            return LEAST + 1
        return _most_typed(self.full) if self.tabs else max(LEAST, self.full // 2)

    @property
    def questions(self) -> int:
        """Return the most rows that the questions take: half of the screen, more of a column that they alone share.

        In the lowest terminals the composer keeps a row for what is typed there.
        """
        return min(self._wanted_by_questions, self.full - 1 - (LEAST if self.composer else 0))

    @property
    def _wanted_by_questions(self) -> int:
        if self.whole:
            return max(SHORT_QUESTIONS, self.full - LEAST)
        if self.short:
            alone = min(SHORT_ALONE, (self.full + LINES) // 2 + 1)
            return max(SHORT_QUESTIONS, alone) if self.brief or not self.composer else SHORT_QUESTIONS
        beside = self.tabs or (self.composer and not self.brief)
        return (self.full + LINES) // 2 if beside else self.full * 2 // 3

    @property
    def asked(self) -> int:
        """Return the number of the first column below which questions stand: what runs is left of them, and stays."""
        left = [at for at, column in enumerate(self.columns) if column_key(column.panels) in ("left", "threads")]
        return left[-1] + 1 if left and left[-1] + 1 < len(self.columns) else 0

    @property
    def panels(self) -> frozenset[str]:
        return frozenset(panel for column in self.columns for panel in column.panels)


def plan(width: int, height: int, wanted: Wanted, sizes: Sizes | None = None) -> Plan:
    """Return the arrangement for a terminal of `width` times `height` cells."""
    sizes = sizes if sizes is not None else Sizes()
    short = height < SHORT
    if width < TINY[0] or height < TINY[1]:
        return Plan("tiny", short, composer=False)
    narrow = width < WIDE
    tabs = (*NUMBERED,) if narrow else ()
    full = height - LINES - narrow
    if wanted.zoomed:
        columns: tuple[Column, ...] = (Column((wanted.active,), 0, width),)
        return Plan("narrow" if narrow else "wide", short, columns, composer=False, tabs=tabs, full=full)
    composer = not wanted.asking or wanted.writing
    if narrow:
        panels = _one_column(wanted, height)
        composer = composer and (wanted.writing or "history" not in panels)
        columns = (Column(panels, 0, width),)
        size: Size = "narrow"
    else:
        columns = _side_by_side(width, full, wanted, sizes)
        size = "wide" if len(columns) == 2 else "ultra"
    across, rows = wanted.picture
    rows += rows > 0 and any("graph" in column.panels and column.width - 2 < across for column in columns)
    if wanted.asking:
        brief = composer and wanted.interrupted
    else:
        low = short and rows + 2 + LEAST + _most_typed(full) > full  # a form takes rows that the picture needs
        brief = composer and narrow and columns[0].panels == RUN and low and not wanted.writing
    graph_first = narrow and wanted.active == "graph"
    return Plan(size, short, columns, composer, tabs, wanted.asking, full, rows, wanted.whole, brief, graph_first)


def ordinary(width: int) -> int:
    """Return the columns of the left column where the graph needs no more."""
    return min(width * 9 // 20, 54)


def rooms(width: int, height: int, wanted: Wanted, sizes: Sizes | None = None) -> tuple[tuple[int, int], ...]:
    """Return columns and rows for the graph's picture: those it usually has, and the most that it can get.

    They are those of the panes that the layout gives to a small picture and to one that is larger than any terminal,
    while nothing is asked and the composer is empty.
    """
    found = []
    for columns in (0, width):
        zoomed = wanted.zoomed and wanted.active == "graph"
        asked = Wanted(inspector=wanted.inspector, zoomed=zoomed, picture=(columns * (width >= WIDE), height))
        made = plan(width, height, asked, sizes)
        if made.size == "tiny":
            return ()
        box = places(made, made.full, LEAST, sizes).boxes["graph"]
        found.append((box.width - 2 - BAR, box.height - 2))
    return tuple(found)


def most_whole(full: int) -> int:
    """Return the rows of a graph over the timeline in a single column, if its picture fits in them whole."""
    return full // 2


def _most_rows(full: int) -> int:
    """Return the rows that the graph may take from what runs."""
    return full - _timeline_least(full)


def _timeline_least(full: int) -> int:
    return min(8, full // 3)


def _most_typed(full: int) -> int:
    """Return the rows that the composer takes at most in a single column."""
    return max(LEAST, (full + 1) // 3)


def _left_by_graph(full: int) -> int:
    """Return the rows that a graph in use leaves to the timeline below it in a single column.

    Of a low one it gets 14, which are 12 of its picture, before the timeline has more than its newest row.
    """
    return max(LEAST, min(_timeline_least(full), full - LEAST - 14))


def _one_column(wanted: Wanted, height: int) -> tuple[str, ...]:
    stacked: tuple[str, ...] = ()
    if wanted.past == "history" and wanted.active in ("history", "diff"):
        stacked = ("history", "diff")
    elif wanted.active in RUN:
        stacked = RUN
    if stacked and height >= STACKED and not (wanted.asking and height < SHORT):
        return stacked
    return (wanted.active,)


def _side_by_side(width: int, full: int, wanted: Wanted, sizes: Sizes) -> tuple[Column, ...]:
    in_past = wanted.past == "history"
    beside = wanted.inspector if wanted.inspector != "messages" else "state"
    left = max(ordinary(width), min(wanted.picture[0] + 2 + BAR, width - BESIDE))
    own = width >= THREADS_FROM and width - THREADS - left >= 2 * BESIDE
    has_threads = own and (wanted.drawer is not False or wanted.active == "threads")
    rest = width - (THREADS if own else 0)
    is_ultra = rest - left >= 2 * BESIDE
    opened = wanted.active == "threads" or bool(wanted.drawer)
    first: tuple[str, ...] = (PAST if full >= 20 else PAST[:2]) if in_past else RUN
    if wanted.loading and not in_past:
        first = RUN[:1]  # what comes below it takes its place once, and no border moves
    if opened and not own:
        first = ("threads",)
    columns: list[tuple[tuple[str, ...], int]] = []
    spare = (rest if has_threads or not own else width) - left - 2 * BESIDE
    if has_threads:
        for_titles = min(MORE_THREADS, spare // 3)
        columns.append((("threads",), THREADS + for_titles))
        spare -= for_titles
    if is_ultra:
        below = beside if beside != "diff" or not in_past else "state"
        columns.append((first, left + spare // 4))
        columns.append((("diff", below) if in_past else (beside,), BESIDE + (spare + 2) // 4))
        columns.append((("messages",), 0))
    else:
        tab = wanted.inspector if wanted.inspector != "diff" or not in_past else "state"
        columns.append((first, left))
        columns.append((("diff", tab) if in_past else (tab,), 0))
    return _with_widths(columns, width, sizes)


def _with_widths(columns: list[tuple[tuple[str, ...], int]], width: int, sizes: Sizes) -> tuple[Column, ...]:
    """Give the columns their places; the last one takes what is left."""
    made: list[Column] = []
    x = 0
    for place, (panels, natural) in enumerate(columns):
        after = len(columns) - 1 - place
        share = sizes.columns.get(column_key(panels))
        cells = natural if share is None else share * width // 1000
        cells = max(LEAST_WIDE, min(cells, width - x - after * LEAST_WIDE)) if after else width - x
        made.append(Column(panels, x, cells))
        x += cells
    return tuple(made)


def column_key(panels: tuple[str, ...]) -> str:
    """Return under which name the width of a column is kept: the drawer is as wide as what it stands over."""
    if panels[0] in ("threads", "messages"):
        return panels[0]
    return "beside" if panels[0] in INSPECTOR else "left"


def places(plan: Plan, height: int, composer: int, sizes: Sizes | None = None, questions: int = 0) -> Places:
    """Return where everything stands in a body of `height` rows, of which composer and questions want some.

    What they take, the panels right of the graph lose; in a single column those below first.
    """
    sizes = sizes if sizes is not None else Sizes()
    boxes: dict[str, Box] = {}
    borders: list[Border] = []
    questions = min(questions, plan.questions, max(0, height - 1)) if plan.dock and plan.columns else 0
    if questions:
        column = plan.columns[plan.asked]
        end = plan.columns[-1].x + plan.columns[-1].width
        boxes["dock"] = Box(column.x, height - questions, end - column.x, questions)
    for number, column in enumerate(plan.columns):
        is_last = number == len(plan.columns) - 1
        bottom = height - questions if number >= plan.asked else height
        rows = ordinary_rows = bottom
        if is_last and plan.composer:
            taken = min(composer, max(LEAST, bottom - LEAST), max(0, bottom - 1))
            rows = bottom - taken
            ordinary_rows = bottom - min(taken, LEAST)
            boxes["composer"] = Box(column.x, rows, column.width, taken)
        _place_column(plan, column, (rows, ordinary_rows), sizes, boxes, borders)
        if not is_last:
            after = plan.columns[number + 1]
            end = plan.columns[-1].x + plan.columns[-1].width
            high = end - (len(plan.columns) - 1 - number) * LEAST_WIDE
            borders.append(
                Border(True, column_key(column.panels), after.x, 0, bottom, column.x + LEAST_WIDE, high, column.x, end)
            )
    return Places(boxes, borders)


def _place_column(
    plan: Plan, column: Column, height: tuple[int, int], sizes: Sizes, boxes: dict[str, Box], borders: list[Border]
) -> None:
    name = "+".join(column.panels)
    rest = 0 if column.panels[0] == "history" and len(column.panels) > 2 else len(column.panels) - 1
    folded = [panel in sizes.collapsed for panel in column.panels]
    if all(folded):
        folded = [False] * len(folded)
    heights = _heights(plan, column.panels, rest, height, sizes, folded)
    y = 0
    for place, (panel, wants) in enumerate(zip(column.panels, heights, strict=True)):
        rows = max(0, min(wants, height[0] - y))  # of a body that is almost gone, the last ones have nothing
        boxes[panel] = Box(column.x, y, column.width, rows)
        if place < len(heights) - 1 and not folded[place] and not folded[place + 1]:
            at, spare = y + rows, heights[rest] - LEAST
            sized, origin, low, high = place, y, y + LEAST, at + spare
            if place >= rest:
                sized, origin = place + 1, at + heights[place + 1]
                low, high = at - spare, origin - LEAST
            key = f"{name}:{column.panels[sized]}"
            borders.append(Border(False, key, at, column.x, column.x + column.width, low, high, origin, plan.full))
        y += rows


def _heights(
    plan: Plan, panels: tuple[str, ...], rest: int, height: tuple[int, int], sizes: Sizes, folded: list[bool]
) -> list[int]:
    """Return the rows of each panel of a column; one takes what the others leave.

    `height`: the rows there are now, and those with the composer at its least. What it takes more, that one loses.
    """
    now, ordinary_height = height
    name = "+".join(panels)
    open_ones = [place for place, is_folded in enumerate(folded) if not is_folded]
    rest = rest if rest in open_ones else open_ones[0]
    found = [TITLE if is_folded else 0 for is_folded in folded]
    for place in open_ones:
        if place != rest:
            share = sizes.rows.get(f"{name}:{panels[place]}")
            found[place] = max(LEAST, _natural(plan, panels, place) if share is None else share * plan.full // 1000)
    kept = _left_by_graph(plan.full) if plan.graph_first and panels == RUN else 4 if plan.tabs else 5
    _give(found, open_ones, ordinary_height - min(kept, _least(panels[rest], plan.full)), LEAST)
    _give(found, open_ones, now - LEAST, LEAST)
    _give(found, open_ones, now - 1, 1)
    found[rest] = max(1, now - sum(found))
    return found


def _give(found: list[int], open_ones: list[int], most: int, least: int) -> None:
    """Make the largest ones smaller, none below `least`, until all together have at most `most` rows."""
    while sum(found) > most:
        largest = max(open_ones, key=lambda place: found[place])
        if found[largest] <= least:
            break
        found[largest] -= 1


def _least(panel: str, full: int) -> int:
    return _timeline_least(full) if panel == "timeline" else 5


def _natural(plan: Plan, panels: tuple[str, ...], place: int) -> int:
    """Return the rows that a panel takes of the whole body where nobody has said."""
    panel, full = panels[place], plan.full
    if panel == "paths":
        return 6 if full < 40 else 7  # a row more where the way that a run takes is long: the past has plenty
    if panel == "graph" and len(panels) > 2:
        return min(max(plan.picture + 2, 5), full // 3)
    if panel == "graph":
        wants = plan.picture + 2 if plan.picture else full * 3 // 5
        most = _most_rows(full)
        if plan.graph_first:
            most = full - LEAST - _left_by_graph(full)
        elif plan.tabs:
            # The composer, maybe a form, takes its rows from the timeline: a picture that scrolls anyway has less.
            most = most_whole(full) if wants <= most_whole(full) else full // 2 - 2
        return min(max(wants, min(8, full // 3)), most)
    return full * 3 // 5
