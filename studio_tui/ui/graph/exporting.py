"""Taking the graph out of the screen: as what, and where to."""

from __future__ import annotations

from studio_tui.crossing import off_the_loop
from studio_tui.graphs.picture.export import export
from studio_tui.present.graph.exporting import SHAPES, Shape, drawn_text, file_name, whole_graph
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.command import CommandContext
from studio_tui.ui.graph.panel import GraphView
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.kit.dialogs.saving_as import save_as
from studio_tui.ui.kit.terminal.clipboard import copy

_COPY = "copy"
_UNBOUNDED = 100_000


async def export_graph(ctx: CommandContext) -> None:
    """Ask as what and where to, as far as the argument (`svg`, `svg ~/graph.svg`, `mermaid copy`) does not say."""
    services, graph = ctx.services, ctx.screen.part(GraphView)
    shapes = [shape for shape in SHAPES if not shape.drawn or graph.drawing.paint is not None]
    typed, _, place = ctx.argument.strip().partition(" ")
    shape = next((shape for shape in shapes if shape.name == typed), None)
    if typed and shape is None:
        names = ", ".join(shape.name for shape in shapes)
        services.tell(f"A graph is not written as {clean(typed, 40)}. There are: {names}.", "warning")
        return
    if shape is None:
        choices = [PickerChoice(shape.name, shape.label, shape.detail) for shape in shapes]
        picked = await services.ask(PickerDialog("Export the graph as", choices))
        shape = next((shape for shape in shapes if shape.name == picked), None)
    if shape is None:
        return
    text = await _written(ctx, graph, shape)
    assistant = ctx.app_state.assistant
    name = file_name(assistant.label if assistant is not None else "", shape)
    where = place.strip() or await services.ask(PickerDialog("Where to", [
        PickerChoice(_COPY, "The clipboard", "to paste it"),
        PickerChoice("file", "A file", f"{name}, or another name"),
    ]))  # fmt: skip
    if where == _COPY:
        copy(services.app, text, f"the graph as {shape.label}")
    elif where:
        await save_as(services, name, f"{text}\n".encode(), "" if where == "file" and not place else where)


async def _written(ctx: CommandContext, graph: GraphView, shape: Shape) -> str:
    drawing = graph.drawing
    whole = whole_graph(ctx.app_state, drawing.layout.spec, observing=drawing.observing)
    if shape.drawn and drawing.paint is not None:
        return drawn_text(drawing.paint, whole, marks=shape.name == "marks")
    ascii = drawing.layout.ascii
    return await off_the_loop(lambda: export(whole, shape.name, width=_UNBOUNDED, height=_UNBOUNDED, ascii=ascii))
