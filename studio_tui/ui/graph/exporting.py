"""Taking the graph out of the screen: as what, and where to."""

from __future__ import annotations

from studio_tui.crossing import off_the_loop
from studio_tui.graphs.picture.export import export
from studio_tui.present.graph.exporting import (
    EXPORT_FORMATS,
    ExportFormat,
    drawn_text,
    file_name,
    whole_graph,
    without_cursor,
)
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
    typed, _, place = ctx.argument.strip().partition(" ")
    chosen = await _format(ctx, graph, typed)
    if chosen is None:
        return
    text = await _written(ctx, graph, chosen)
    if text is None:
        services.tell("The picture is gone from the screen; nothing was exported.", "warning")
        return
    assistant = ctx.app_state.assistant
    name = file_name(assistant.label if assistant is not None else "", chosen)
    where = place.strip() or await services.ask(PickerDialog("Where to", [
        PickerChoice(_COPY, "The clipboard", "to paste it"),
        PickerChoice("file", "A file", f"{name}, or another name"),
    ]))  # fmt: skip
    if where == _COPY:
        copy(services.app, text, f"the graph as {chosen.label}")
    elif where:
        await save_as(services, name, f"{text}\n".encode(), "" if where == "file" and not place else where)


async def _format(ctx: CommandContext, graph: GraphView, typed: str) -> ExportFormat | None:
    """Return the format that was typed, or the one that is picked; None, and why, where it is none."""
    formats = {each.name: each for each in EXPORT_FORMATS if not each.drawn or graph.drawing.paint is not None}
    if not typed:
        choices = [PickerChoice(each.name, each.label, each.detail) for each in formats.values()]
        typed = await ctx.services.ask(PickerDialog("Export the graph as", choices)) or ""
    elif typed not in formats:
        names = ", ".join(formats)
        ctx.services.tell(f"A graph is not written as {clean(typed, 40)}. There are: {names}.", "warning")
    return formats.get(typed)


async def _written(ctx: CommandContext, graph: GraphView, chosen: ExportFormat) -> str | None:
    """Return the graph in a format; None where that is the picture and it is gone by now."""
    drawing = graph.drawing
    whole = whole_graph(ctx.app_state, drawing.layout.spec, observing=drawing.observing)
    if not chosen.drawn:
        ascii = drawing.layout.ascii
        return await off_the_loop(lambda: export(whole, chosen.name, width=_UNBOUNDED, height=_UNBOUNDED, ascii=ascii))
    if drawing.paint is None:
        return None
    paint = without_cursor(drawing.paint)
    return await off_the_loop(lambda: drawn_text(paint, whole, marks=chosen.name == "marks"))
