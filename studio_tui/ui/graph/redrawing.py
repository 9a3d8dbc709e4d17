"""When the graph panel's picture is made anew, and where: at once, or in a thread when that may take long."""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import Size
from textual.widget import Widget

from studio_tui.crossing import off_the_loop
from studio_tui.graphs.layout.given_up import UNWANTED, GivenUpError
from studio_tui.graphs.picture.picture import Picture
from studio_tui.log import LOGGER
from studio_tui.present.graph.drawing import GraphDrawing
from studio_tui.text.fmt import plural
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.terminal.safe import is_ascii


class Redrawing:
    """Makes pictures of `drawing` for a view; `show` takes them, `superseded` tells that one is on its way."""

    def __init__(
        self,
        view: Widget,
        drawing: GraphDrawing,
        show: Callable[[Picture | None], None],
        superseded: Callable[[], None],
    ) -> None:
        self._view, self._drawing, self._show = view, drawing, show
        self._superseded = superseded
        self._begun = 0
        """How many pictures were begun; only the last one is wanted."""
        self.fits = False
        """The picture that comes is to fit, and to be shown from where it begins."""
        self.owed = False
        """The view was hidden when another picture was wanted."""

    def remark(self, before: Picture | None, picture: Picture, steps: int, pane: Size) -> str:
        """Return what there is to say of a picture that has come: that `steps` from the one before it led nowhere, or
        that it should fit into the `pane` and does not. Else nothing."""
        fits, self.fits = self.fits, False
        if steps and before is not None and before.level == picture.level:
            return "The graph is drawn no larger." if steps > 0 else "The list is the smallest picture."
        if fits and (picture.width > pane.width or picture.height > pane.height):
            return "The graph is larger than its panel, also at its best: it scrolls."
        return ""

    def begin(self, room: Size, ordinary: Size | None) -> None:
        """Draw for a room; `ordinary` are the cells to try first."""
        view, layout = self._view, self._drawing.layout
        seen = all(node.display for node in view.ancestors_with_self if isinstance(node, Widget))
        self.owed = not (view.is_attached and seen)
        self._begun += 1
        if self.owed:
            return
        layout.ascii = is_ascii(view)
        if not layout.spec.nodes or not room.width or not room.height:
            self._drawing.redrawing = False
            self._show(None)
        elif not layout.is_slow:
            self._drawing.redrawing = False
            self._show(self._drawn(room, ordinary))
        else:
            self._drawing.redrawing = layout.is_long and layout.picture is not None
            if layout.picture is None:  # else the old one stays until the new one is there
                self._drawing.message = (f"Drawing {plural(len(layout.spec.nodes), 'node')} …",)
                view.refresh()
            elif layout.is_long:
                self._superseded()

            async def drawing() -> None:  # made when it runs: of several in a row most never do
                await self._draw_slowly(room, ordinary)

            beside(view, drawing, "drawing the graph", group="layout", exclusive=True)

    async def _draw_slowly(self, room: Size, ordinary: Size | None) -> None:
        begun = self._begun

        def work() -> Picture | None:
            UNWANTED.set(lambda: self._begun != begun)
            return self._drawn(room, ordinary)

        # Neither another picture nor the end of the program waits for one that nobody wants any more.
        picture = await off_the_loop(work)
        if picture is not None and self._begun == begun:
            self._drawing.redrawing = False
            self._show(picture)

    def _drawn(self, room: Size, ordinary: Size | None) -> Picture | None:
        """Return the picture; a fault of the layout costs the picture, not the app: the list is shown instead.

        None where another one is wanted by now.
        """
        layout = self._drawing.layout
        try:
            return layout.draw(room.width, room.height, ordinary)
        except GivenUpError:
            return None
        except Exception:
            LOGGER.exception("the graph cannot be laid out")
            from studio_tui.graphs.picture.outline import draw_outline

            return draw_outline(layout.spec, room.width, collapsed=layout.collapsed, ascii=layout.ascii)
