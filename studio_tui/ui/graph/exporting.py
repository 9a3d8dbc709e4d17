"""Taking the graph out of the screen: as what, and where to."""

from __future__ import annotations

from studio_tui.crossing import off_the_loop
from studio_tui.graphs.picture.export import export
from studio_tui.present.graph.exporting import (
    EXPORT_FORMATS,
    ExportFormat,
    drawn_text,
    file_name,
    is_of_two_readings,
    lacks_insides,
    whole_graph,
    without_cursor,
)
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.command import CommandContext
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.graph.panel import GraphView
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.kit.dialogs.saving_as import begins_at, save_as
from studio_tui.ui.kit.terminal.clipboard import copy

_COPY, _FILE = "copy", "file"
_UNBOUNDED = 100_000


async def export_graph(ctx: CommandContext) -> None:
    """Ask as what and where to, as far as the argument (`svg`, `svg ~/graph.svg`, `mermaid copy`) does not say."""
    services, graph = ctx.services, ctx.screen.part(GraphView)
    typed, _, place = ctx.argument.strip().partition(" ")
    chosen = await _format(ctx, graph, typed)
    if chosen is None:
        return
    await _read_insides(ctx, graph)
    text = await _written(ctx, graph, chosen)
    if text is None:
        services.tell("The picture is gone from the screen; nothing was exported.", "warning")
        return
    assistant = ctx.app_state.assistant
    name = file_name(assistant.label if assistant is not None else "", chosen)
    where = place.strip() or await services.ask(_where_to(name))
    if where == _COPY:
        copy(services.app, text, f"the graph as {chosen.label}")
    elif where:
        await save_as(services, name, f"{text}\n".encode(), "" if where == _FILE and not place else where)


def _where_to(name: str) -> PickerDialog:
    """Return the question where to write: the clipboard, a file that is asked for, or at once to a typed path."""
    folder = begins_at()

    def typed(path: str) -> PickerChoice | None:
        if path in (_COPY, _FILE):
            return None
        whole = path.startswith(("/", "~"))
        begins = "" if whole else f"from {folder}; "
        return PickerChoice(path, path, f"{begins}a folder keeps the name {name}")

    choices = [
        PickerChoice(_COPY, "Copy to the clipboard", "to paste it"),
        PickerChoice(_FILE, "A file", f"{name}, or another name"),
    ]
    return PickerDialog("Where to", choices, own=typed, placeholder="choose, or type a path")


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


async def _read_insides(ctx: CommandContext, graph: GraphView) -> None:
    """Have what is inside of subgraphs read; say what of that cannot be had, or is of another moment."""
    app_state, drawn = ctx.app_state, graph.drawing.layout.spec
    if lacks_insides(app_state, drawn):
        await ctx.studio.assistants.load_inner_graph()
    if lacks_insides(app_state, drawn):
        ctx.services.tell("What is inside of subgraphs could not be read: it is not exported.", "warning")
    elif is_of_two_readings(app_state, drawn):
        hint = with_keys(graph, "{refresh} draws it as it is.")
        ctx.services.tell(f"The server's graph is another by now than the one that is drawn. {hint}", "warning")


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
    later, marks = is_of_two_readings(ctx.app_state, drawing.layout.spec), chosen.name == "marks"
    return await off_the_loop(lambda: drawn_text(paint, whole, marks=marks, later=later))
