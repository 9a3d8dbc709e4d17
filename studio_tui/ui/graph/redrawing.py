"""When the graph panel's picture is made anew, and where: at once, or in a thread when that may take long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.geometry import Size
from textual.widget import Widget

from studio_tui.graphs.picture.picture import Picture
from studio_tui.log import LOGGER
from studio_tui.present.graph.drawing import GraphDrawing
from studio_tui.text.fmt import plural
from studio_tui.ui.kit.terminal.safe import is_ascii


class Redrawing:
    """Makes pictures of `drawing` for a view; `show` takes them."""

    def __init__(self, view: Widget, drawing: GraphDrawing, show: Callable[[Picture | None], None]) -> None:
        self._view, self._drawing, self._show = view, drawing, show
        self.owed = False
        """The view was hidden when another picture was wanted."""

    def begin(self, room: Size, ordinary: Size | None) -> None:
        """Draw for a room; `ordinary` are the cells to try first."""
        view, layout = self._view, self._drawing.layout
        seen = all(node.display for node in view.ancestors_with_self if isinstance(node, Widget))
        self.owed = not (view.is_attached and seen)
        if self.owed:
            return
        layout.ascii = is_ascii(view)
        if not layout.spec.nodes or not room.width or not room.height:
            self._show(None)
        elif not layout.is_slow:
            self._show(self._drawn(room, ordinary))
        else:
            if layout.picture is None:
                self._drawing.message = (f"Drawing {plural(len(layout.spec.nodes), 'node')} …",)
                view.refresh()
            view.run_worker(self._draw_slowly(room, ordinary), group="layout", exclusive=True, exit_on_error=False)

    async def _draw_slowly(self, room: Size, ordinary: Size | None) -> None:
        self._show(await asyncio.to_thread(self._drawn, room, ordinary))

    def _drawn(self, room: Size, ordinary: Size | None) -> Picture:
        """Return the picture; a fault of the layout costs the picture, not the app: the list is shown instead."""
        layout = self._drawing.layout
        try:
            return layout.draw(room.width, room.height, ordinary)
        except Exception:
            LOGGER.exception("the graph cannot be laid out")
            from studio_tui.graphs.picture.outline import draw_outline

            return draw_outline(layout.spec, room.width, collapsed=layout.collapsed, ascii=layout.ascii)
