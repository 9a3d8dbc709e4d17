"""Chooses how to draw a graph in a pane: the richest picture that fits, else one in columns that does, else one that
scrolls, or a list."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import inf

from msgspec.structs import replace

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.layout.level import bound, turned
from studio_tui.graphs.layout.parts import Level
from studio_tui.graphs.layout.wrapping.columns import Plan, Room, most_cells, plans
from studio_tui.graphs.layout.wrapping.cuts import Cutter
from studio_tui.graphs.picture.folding import more_folded
from studio_tui.graphs.picture.outline import draw_outline
from studio_tui.graphs.picture.picture import Choice, DetailLevel, Folds, Orientation, Picture, PictureCache, Wrap
from studio_tui.graphs.picture.render import render, style_of
from studio_tui.graphs.topology.scene import Scene, scene_of
from studio_tui.graphs.topology.texts import NARROW, WIDER, Limits

_DRAWN: tuple[DetailLevel, ...] = ("full", "tight", "compact")
"""Levels that show every node by itself, the richest first."""
_LONG_CHAIN = 12
"""Nodes of a chain from which it is folded into one box, where neither boxes nor brackets fit."""
_LARGE = 120
"""Boxes from which only the compact picture is tried: it is the only one that is still of use."""
_SIDEWAYS = 1.5
"""Panes that a picture may be wide while the list, which never scrolls sideways, says the same."""
_NEARLY_FITS = (1.15, 3.0)
"""Panes wide and high that a picture may be to be scrolled although the list would fit: down, hardly sideways."""
_TOO_FAR = 3.0
"""Panes full of picture from which the list serves better in any case."""
_SPARSE = {"full": 1.0, "tight": 1.05, "stack": 1.2, "compact": 1.3}
_ACROSS = 1.5
"""How much worse it is to scroll sideways along the flow than down."""
_BESIDE = 4
"""Columns left and right of a picture that count as its room: rows are scarcer."""
_TRIED = 2
"""Pictures that do not fit of which the best is looked for, by their least sizes."""
_WRAPPED = 4
"""Wrapped pictures that are drawn to find one that fits."""
_CROSSINGS = 2
"""Crossings for every two columns up to which a wrapped picture says more than one that scrolls."""
_BESIDE_HEADS = 1
"""Lines to another column that may leave a box where others enter it, if there is no picture without any."""
_QUICK = (1000, 2)
"""Pieces of lines from layer to layer up to which a layout is quick, and how many more for each node: about 300 ms for
200 nodes, and 800 for 500."""
_MANY = 2000
"""Boxes from which no layout is quick."""
_MOST = 30_000
"""Of these from which nothing is laid out, whoever asks: that takes a quarter of a minute."""

_Size = tuple[float, float]


def draw(
    spec: GraphSpec,
    width: int,
    height: int,
    *,
    collapsed: Collection[str] = (),
    opened: Collection[str] | None = None,
    ascii: bool = False,
    orientation: Orientation | None = None,
    level: DetailLevel | None = None,
    keep: Orientation | None = None,
    memo: PictureCache | None = None,
    like: Picture | None = None,
    scroll: bool = True,
    quick: bool = False,
    beside: int = 0,
) -> Picture:
    """Return the best picture of `spec` for a pane of `width` x `height` cells (0 or less: without limit).

    `collapsed` subgraphs are boxes, and so are any nodes in it with all that are equivalent. Where not everything fits,
    more is folded (`folding`), but for what is in `opened`, or around it; None folds none. What fits neither way is
    wrapped into columns (from left to right: rows) if it fits so and stays clear. `orientation` and `level`
    force a choice; `keep` is the orientation that stays when both do equally well, so that a pane that is resized does
    not flip back and forth. Same arguments, same picture. `memo` keeps pictures between calls with the same `spec`,
    `ascii` and `like`; pass a new one when one changes. `like` is a picture of the same graph, for instance with
    another subgraph collapsed: what both show keeps its order. Without `scroll` nothing may be wider than the pane.
    Nothing is laid out that takes many seconds, and if it is to be `quick`, nothing that takes many times longer than a
    key may: then there is the list, which leaves `beside` cells blank at the right of names. One that is higher than
    the pane leaves a column to its scrollbar.
    """
    pane = (width if width > 0 else inf, height if height > 0 else inf)
    columns = width if width > 0 else 100
    folded = frozenset(map(NodeId, collapsed))
    if level == "outline" or not spec.nodes:
        return _list_for(spec, columns, pane[1], folded, beside, ascii=ascii)
    memo = memo or PictureCache()
    memo.trim()
    chooser = _Chooser(spec, pane, memo, like, ascii, quick=quick)
    groups: list[list[Choice]] = []
    for folds, may_scroll in more_folded(spec, folded, opened, most=not level):
        for group in _groups(spec, folds, orientation, level):
            groups.append(group)
            if (fitting := chooser.best_that_fits(group, keep, may_scroll=may_scroll)) is not None:
                return chooser.with_whole_texts(fitting, group)
    for group in groups:
        if (wrapped := chooser.wrapped_that_fits(group)) is not None:
            return chooser.with_whole_texts(wrapped)
    if chooser.unclear is not None:
        return chooser.with_whole_texts(chooser.unclear)
    far = None if level is not None else (_SIDEWAYS if scroll else 1.0, _TOO_FAR)
    best = chooser.least_scrolling(sideways=scroll, far=far)
    if best is not None and (level is not None or _within(best, pane, _NEARLY_FITS)):
        return chooser.with_whole_texts(best)
    outline = _list_for(spec, columns, pane[1], folded, beside, ascii=ascii)
    if chooser.nothing_tried:
        return replace(outline, too_large=True)
    if best is None or outline.height <= pane[1] or not _within(best, pane, (_SIDEWAYS, _TOO_FAR)):
        return outline
    return chooser.with_whole_texts(best)


def _list_for(
    spec: GraphSpec, cells: int, rows: float, folded: Collection[NodeId], beside: int, *, ascii: bool
) -> Picture:
    """Return the list, which where it is higher than `rows` has a scrollbar in the last of its `cells`."""
    found = draw_outline(spec, cells, collapsed=folded, ascii=ascii, beside=beside)
    if found.height <= rows or cells < 2:
        return found
    return draw_outline(spec, cells - 1, collapsed=folded, ascii=ascii, beside=beside)


def _groups(
    spec: GraphSpec, folds: Folds, orientation: Orientation | None, level: DetailLevel | None
) -> Iterator[list[Choice]]:
    """Yield choices of equal richness, the richest first."""
    boxes = len(scene_of(spec, *folds).boxes)
    levels: Sequence[DetailLevel] = [level] if level else ["compact"] if boxes > _LARGE else _DRAWN
    if level is None and boxes <= _LARGE and _has_long_chain(spec, folds):
        levels = [*_DRAWN, "stack"]
    ways: tuple[Orientation, ...] = (orientation,) if orientation else ("TD", "LR")
    for each in levels:
        yield [(each, way, folds, NARROW, None) for way in ways if boxes <= _LARGE or way == ways[0]]


def _has_long_chain(spec: GraphSpec, folds: Folds) -> bool:
    stacks = scene_of(spec, *folds, stacked=True).stacks
    return any(len(chain) > _LONG_CHAIN for chain in stacks.values())


class _Chooser:
    """Draws as few pictures as possible: what cannot fit by its least size is not laid out to find that out."""

    def __init__(
        self, spec: GraphSpec, pane: _Size, memo: PictureCache, like: Picture | None, ascii: bool, *, quick: bool
    ) -> None:
        self._spec, self._pane, self._memo, self._like, self._ascii = spec, pane, memo, like, ascii
        self._quick = quick
        self._most = _QUICK[0] + _QUICK[1] * len(spec.nodes) if quick else _MOST
        self._plans: dict[Choice, Plan] = {}
        self._bounds: dict[Choice, Level | None] = {}
        self._scenes: dict[tuple[bool, Folds, Limits], Scene] = {}
        self._cells: dict[Choice, float] = {}
        """What the layers of the compact pictures take."""
        self._wrapped_left = _WRAPPED
        self.unclear: Picture | None = None
        """A wrapped picture that fits, in which one line leaves a box where others enter it."""
        self._misfits: dict[Choice, _Size | None] = {}
        """The sizes, or least sizes, of what does not fit; None while only one side of it is known not to."""
        self._drawn: dict[Choice, Picture] = {}
        """What was drawn for this pane; the memo may hold more, on which no choice may depend."""

    def best_that_fits(
        self, group: Sequence[Choice], keep: Orientation | None, *, may_scroll: bool = True
    ) -> Picture | None:
        """Return the picture of `group` with the fewest crossings that fits, or None.

        Those that do not fit are remembered for `least_scrolling` if they `may_scroll`.
        """
        found: list[Picture] = []
        for choice in group:
            if self._too_long(choice):
                if may_scroll:
                    self._misfits[choice] = None
                continue
            least = self._least(choice)
            if least is None:
                continue
            size: _Size = least
            if _fits(size, self._pane) and not (picture := self._picture(choice)).conflicts:
                size = (picture.width, picture.height)
                if _fits(size, self._pane):
                    found.append(picture)
            if may_scroll:
                self._misfits[choice] = size
        return min(found, key=lambda one: (one.crossings, _turns(one, keep), *self._room_of(one)), default=None)

    def _too_long(self, choice: Choice) -> bool:
        """Tell whether the layers of a choice take more room one after the other than there is even without borders.

        So the least sizes of the richer levels need not be found, of which each takes as long as a small layout.
        """
        along, plain = choice[1] == "TD", _without_borders(choice)
        if plain is None or self._pane[along] == inf:
            return False
        least = self._least(plain)
        return least is not None and least[along] > self._pane[along]

    def wrapped_that_fits(self, group: Sequence[Choice]) -> Picture | None:
        """Return a picture of `group` that fits because it is wrapped, or None: then one may be `unclear`."""
        for choice in group:
            # Richer pictures in more columns than they need are harder to follow than compact ones.
            for wrapped in self._wrapped(choice)[: None if choice[0] == "compact" else 1]:
                if self._wrapped_left <= 0:
                    return None
                self._wrapped_left -= wrapped not in self._drawn
                picture = self._picture(wrapped)
                if picture.conflicts or picture.crossings > len(picture.cuts) * _CROSSINGS:
                    continue
                if picture.beside_heads > _BESIDE_HEADS or not _fits((picture.width, picture.height), self._pane):
                    continue
                if not picture.beside_heads:
                    return picture
                if self.unclear is None or picture.columns < self.unclear.columns:
                    self.unclear = picture
        return None

    def _wrapped(self, choice: Choice) -> list[Choice]:
        """Return the ways to wrap what a choice draws which may fit."""
        width, height = self._pane
        level, way, folds, limits, _ = choice
        if inf in self._pane or len((scene := self._scene(choice)).boxes) > _LARGE:
            return []
        room = int(width), int(height)
        if self._too_full(choice, room):
            return []
        key, known = (choice, room, self._most), self._memo.wrapped
        if key not in known:
            style, bounds = style_of(level, way, ascii=self._ascii), self._bound(choice)
            cut = plans(scene, style, bounds, room) if bounds is not None else ()
            found = {Wrap(each.columns, room): each for each in cut}
            self._plans |= {(level, way, folds, limits, wrap): planned for wrap, planned in found.items()}
            known[key] = [(level, way, folds, limits, wrap) for wrap in found]
        return known[key]

    def _too_full(self, choice: Choice, room: Room) -> bool:
        """Tell whether the layers of a choice take too many cells to be wrapped even without borders."""
        plain = _without_borders(choice)
        if plain is None:
            return False
        if plain not in self._cells:
            bounds, style = self._bound(plain), style_of(*plain[:2], ascii=self._ascii)
            self._cells[plain] = inf if bounds is None else Cutter(bounds, style, room).cells
        return self._cells[plain] > most_cells(room)

    @property
    def nothing_tried(self) -> bool:
        """Whether every choice had too many lines."""
        return not self._misfits

    def least_scrolling(self, *, sideways: bool, far: _Size | None) -> Picture | None:
        """Return the best of the pictures that do not fit; none that is wider than the pane unless `sideways`.

        None where all take more than `far` panes across and down, which their least sizes tell.
        """
        misfits = {choice: size or self._least(choice) for choice, size in self._misfits.items()}
        sizes = {choice: size for choice, size in misfits.items() if size is not None}
        factors = [_factors(size, self._pane) for size in sizes.values()]
        if far is not None and not any(across <= far[0] and down <= far[1] for across, down in factors):
            return None
        # What is drawn already costs nothing more; of the rest those are tried that look best by their least sizes.
        order = sorted(sizes, key=lambda choice: _scrolling(sizes[choice], choice[1], self._pane))
        drawn = [choice for choice in order if choice in self._drawn]
        wanted = [*drawn, *[choice for choice in order if choice not in drawn][: max(0, _TRIED - len(drawn))]]
        best: Picture | None = None
        least = inf
        for choice in wanted:
            # What cannot be better by its least size need not be laid out.
            if self._price(choice, sizes[choice]) >= least:
                continue
            one = self._picture(choice)
            price = self._price(choice, (one.width, one.height))
            if price < least and not one.conflicts and (sideways or one.width <= self._pane[0]):
                best, least = one, price
        return best

    def _room_of(self, picture: Picture) -> tuple[float, int]:
        """Return how much room a picture takes: one without lines has the pane's shape rather than the least area."""
        whole = picture.width / self._pane[0], picture.height / self._pane[1]
        return 0.0 if self._spec.edges else max(whole), (picture.width + _BESIDE) * picture.height

    def with_whole_texts(self, picture: Picture, group: Sequence[Choice] = ()) -> Picture:
        """Return `picture` with names and labels cut less, if that costs neither room that the pane has not nor lines
        that cross; `group` are other choices as good as the one of `picture`."""
        if len(picture.box_rects) > _LARGE:
            return picture
        mine = next(choice for choice, one in self._drawn.items() if one is picture)
        texts = _texts(self._scene(mine))
        room = max(picture.width, self._pane[0]), max(picture.height, self._pane[1])
        for limits in WIDER:
            whole = _texts(self._scene((*mine[:3], limits, None)))
            if whole == texts:
                break
            for level, way, folds, _, wrap in dict.fromkeys((mine, *group)):
                choice = level, way, folds, limits, wrap
                if wrap is None and ((least := self._least(choice)) is None or not _fits(least, room)):
                    continue
                one = self._picture(choice)
                if _fits((one.width, one.height), room) and one.crossings <= picture.crossings and not one.conflicts:
                    return one
        return picture

    def _scene(self, choice: Choice) -> Scene:
        level, _, folds, limits, _ = choice
        key = level == "stack", folds, limits
        if key not in self._scenes:
            self._scenes[key] = scene_of(self._spec, *folds, stacked=key[0], limits=limits)
        return self._scenes[key]

    def _price(self, choice: Choice, size: _Size) -> float:
        level, way, *_ = choice
        return _SPARSE[level] * _scrolling(size, way, self._pane)

    def _picture(self, choice: Choice) -> Picture:
        memo = self._memo
        picture = memo.pictures.get(choice)
        if picture is None:
            level, way, folds, limits, wrap = choice
            orders = memo.orders[level == "stack", folds]
            picture = memo.pictures[choice] = render(
                self._spec,
                level,
                way,
                collapsed=folds.collapsed,
                listed=folds.listed,
                ascii=self._ascii,
                orders=orders,
                like=self._like,
                limits=limits,
                wrap=wrap,
                planned=self._plans.get(choice),
            )
        self._drawn[choice] = picture
        return picture

    def _least(self, choice: Choice) -> tuple[int, int] | None:
        level, way, *_ = choice
        known, key = self._memo.least, (choice, self._most)
        if key not in known:
            # Layers of very many boxes take long as well, and no pane holds them.
            many = self._quick and len(self._scene(choice).boxes) > _MANY
            bounds = None if many else self._bound(choice)
            style = style_of(level, way, ascii=self._ascii)
            known[key] = None if bounds is None else turned(bounds.width, bounds.height, style)
        return known[key]

    def _bound(self, choice: Choice) -> Level | None:
        level, way, *_ = choice
        if choice not in self._bounds:
            self._bounds[choice] = bound(self._scene(choice), style_of(level, way, ascii=self._ascii), self._most)
        return self._bounds[choice]


def _without_borders(choice: Choice) -> Choice | None:
    """Return what draws the same nodes as small as they can be; None if `choice` does, or folds chains."""
    level, way, folds, limits, _ = choice
    return None if level in ("compact", "stack") else ("compact", way, folds, limits, None)


def _texts(scene: Scene) -> list[str]:
    labels = (edge.label for edge in scene.edges)
    return [*(name for box in scene.boxes for name in box.names), *labels, *scene.names.values()]


def _fits(size: _Size, pane: _Size) -> bool:
    return size[0] <= pane[0] and size[1] <= pane[1]


def _turns(picture: Picture, keep: Orientation | None) -> bool:
    return keep is not None and picture.orientation != keep


def _factors(size: _Size, pane: _Size) -> tuple[float, float]:
    return max(1.0, size[0] / pane[0]), max(1.0, size[1] / pane[1])


def _within(picture: Picture, pane: _Size, most: _Size) -> bool:
    """Tell whether a picture is at most so many panes wide and high."""
    across, down = _factors((picture.width, picture.height), pane)
    return across <= most[0] and down <= most[1]


def _scrolling(size: _Size, way: Orientation, pane: _Size) -> float:
    """Return how bad a picture that does not fit is: scrolling against the flow counts double."""
    columns, rows = _factors(size, pane)
    along, across = (rows, columns) if way == "TD" else (columns * _ACROSS, rows)
    return across * across * along
