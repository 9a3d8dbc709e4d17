"""What an empty panel says of the way to fill it: only what works as things are now."""

from __future__ import annotations

from textual.widget import Widget

from studio_tui.ui.contracts.services import services_of, with_keys


def written_first(panel: Widget, nothing: str) -> str:
    """Return the sentence `nothing` and that an input is written in the composer, where one can be sent."""
    if services_of(panel).app_state.readonly:
        return f"{nothing} This session is read-only: nothing is started from here."
    return f"{nothing} What you send in the composer runs here."


def other_graphs(panel: Widget) -> str:
    """Return which keys lead to other graphs, also from the composer, where a letter is text; nothing where the server
    has but one."""
    graphs = {assistant.graph_id for assistant in services_of(panel).app_state.assistants.items}
    return with_keys(panel, " Other graphs: {composer-leave} {assistants}.") if len(graphs) > 1 else ""


def run_first(panel: Widget, nothing: str) -> str:
    """Return the sentence `nothing` and what brings something: a run, unless one is under way, or another thread."""
    app_state = services_of(panel).app_state
    if app_state.run is not None and app_state.run.phase.is_live:
        return nothing
    if app_state.readonly:
        return f"{nothing} {with_keys(panel, 'Open a thread ({go-threads}).')}"
    return f"{nothing} {with_keys(panel, 'Run the graph ({input}) or open a thread ({go-threads}).')}"
