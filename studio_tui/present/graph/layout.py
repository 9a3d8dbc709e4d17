"""Which picture the graph panel shows: spec, pane, zoom and collapsed subgraphs in, picture out. No Textual."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.memo import LEVELS, PictureCache
from studio_tui.graphs.picture.picture import DetailLevel, Picture
from studio_tui.graphs.topology.scene import clusters_of, scene_of

SLOW = 100
"""Nodes and edges from which a layout is worth a thread."""
_CROWDED = 200
"""Nodes from which subgraphs start collapsed."""


@dataclass(slots=True)
class GraphLayout:
    """The user's wishes for one graph, and the pictures that were already drawn."""

    spec: GraphSpec = field(default_factory=GraphSpec)
    ascii: bool = False
    level: DetailLevel | None = None
    collapsed: frozenset[NodeId] = frozenset()
    picture: Picture | None = None
    _like: Picture | None = None
    _memo: PictureCache = field(default_factory=PictureCache)

    @property
    def is_slow(self) -> bool:
        """Whether drawing may take long enough to be felt."""
        return len(self.spec.nodes) + len(self.spec.edges) > SLOW

    def set_spec(self, spec: GraphSpec) -> None:
        """Draw another graph, or another state of the same one; collapsed subgraphs that still exist stay so."""
        clusters = clusters_of(spec)
        if not self.spec.nodes and len(spec.nodes) > _CROWDED:
            self.collapsed = frozenset(clusters)
        self.spec = spec
        self.collapsed &= frozenset(clusters)
        self._like = None
        self._memo = PictureCache()

    def draw(self, width: int, height: int) -> Picture:
        """Return the picture for a pane; safe to call in a thread while nothing else changes this object."""
        # Layout and painters are wanted with the first graph, not with the first screen.
        from studio_tui.graphs.picture.draw import draw

        keep = self.picture.orientation if self.picture and not self.picture.is_outline else None
        return draw(
            self.spec,
            max(1, width),
            max(1, height),
            collapsed=self.collapsed,
            ascii=self.ascii,
            level=self.level,
            keep=keep,
            memo=self._memo,
            like=self._like,
        )

    def zoom(self, step: int) -> bool:
        """Choose the next richer (+1) or sparser (-1) level than the one shown; return whether there is one."""
        shown = self.picture.level if self.picture else "full"
        place = LEVELS.index(shown) - step
        if 0 <= place < len(LEVELS) and LEVELS[place] == "stack" and not self._has_chains():
            place -= step  # It would look the same.
        if not 0 <= place < len(LEVELS):
            return False
        self.level = LEVELS[place]
        return True

    def _has_chains(self) -> bool:
        return bool(scene_of(self.spec, self.collapsed, stacked=True).stacks)

    def toggle(self, node: NodeId) -> bool:
        """Open a collapsed subgraph, or collapse the innermost open one around `node`; return whether it did."""
        if node in self.collapsed:
            self._collapse(self.collapsed - {node})
            return True
        clusters = self.picture.cluster_rects if self.picture else {}
        around = node if node in clusters else NodeId(node.rpartition(":")[0])
        if around not in clusters:
            return False
        self._collapse(self.collapsed | {around})
        return True

    def _collapse(self, clusters: Collection[NodeId]) -> None:
        self.collapsed = frozenset(clusters)
        self._like = self.picture
        self._memo = PictureCache()
