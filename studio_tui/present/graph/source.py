"""Which topology the graph panel draws: the declared one, with what was observed, or only what was observed."""

from __future__ import annotations

from msgspec import Struct, field

from studio_tui.core.runstate.earlier import earlier_of
from studio_tui.core.runstate.turns import begins_turn
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.run import Phase, RunState, TaskView
from studio_tui.graphs.topology.observed import with_observed
from studio_tui.graphs.topology.scene import clusters_of
from studio_tui.graphs.topology.spec import ended, observed_spec
from studio_tui.present.graph.turn import turn_runs
from studio_tui.text.fmt import plural
from studio_tui.text.hint import Hint, clean_words

_LAST_RUNS = 20
"""Runs of the thread that count as observed."""
_NOTHING: tuple[object, ...] = ()


def observed_runs(app_state: AppState) -> list[list[TaskView | None]]:
    """The tasks of the newest runs, None where the next one did not follow; of what is on disk what tells edges.

    Only a run that took in an input began at the start, and only one that is done led to the end: one under way, paused
    or failed has not come there.
    """
    runs = app_state.runs[-_LAST_RUNS:]
    return [[*_begin(run), *_observed_earlier(run), *run.tasks.values(), *_end(run)] for run in runs]


def observed_in_turn(app_state: AppState) -> list[list[TaskView | None]]:
    """The tasks of the turn that is shown, run by run, as `observed_runs` has them."""
    found = []
    for run, tasks in turn_runs(app_state):
        whole = tasks is None or len(tasks) == len(run.tasks)
        earlier = _observed_earlier(run) if whole else []
        end = _end(run) if whole else []
        found.append([*_begin(run), *earlier, *(run.tasks.values() if tasks is None else tasks), *end])
    return found


def observed_so_far(app_state: AppState) -> tuple[object, ...]:
    """Return what differs when `observed_runs` may show other edges: new tasks, ends, or another thread."""
    runs = app_state.runs[-_LAST_RUNS:]
    done = sum(run.phase is Phase.DONE for run in runs)
    return (app_state.thread_id, len(app_state.runs), sum(run.task_count for run in runs), done)


def _begin(run: RunState) -> list[TaskView | None]:
    return [] if begins_turn(run) else [None]


def _end(run: RunState) -> list[TaskView | None]:
    return [ended()] if run.phase is Phase.DONE and run.task_count else []


def _observed_earlier(run: RunState) -> list[TaskView | None]:
    earlier = earlier_of(run)
    return [] if earlier is None or not earlier.observed else [*earlier.observed, None, *earlier.last_step]


def not_searched(app_state: AppState) -> str:
    """Return which subgraphs nobody has looked into, in words; empty where all that are known of have been read."""
    graph, inner = app_state.graph, app_state.inner_graph
    if graph is None or not graph.nodes:
        return ""
    if not app_state.xray and (inner is None or inner[0] != app_state.assistant_id):
        return "subgraphs not searched"
    known = clusters_of(inner[1] if inner is not None and not app_state.xray else graph)
    told = app_state.subgraphs.of if app_state.subgraphs is not None else ()
    unread = sum(name not in known for name in told)
    return f"{plural(unread, 'subgraph')} not searched" if unread else ""


class GraphSource(Struct):
    """What is drawn now, and why nothing is."""

    spec: GraphSpec = field(default_factory=GraphSpec)
    message: tuple[str, ...] = (Hint("No graph yet: choose an assistant ({assistants})."),)
    """Safe lines for an empty picture."""
    _declared: GraphSpec | None = None
    _fresh: bool = True
    _seen: tuple[object, ...] = _NOTHING

    def take(self, app_state: AppState, *, observing: bool) -> bool:
        """Look at the app state; return whether another topology is to be drawn, or another message shown."""
        before, message = self.spec, self.message
        shown = app_state.shown_graph
        missing = shown is None or not shown.nodes
        if missing or observing:
            self._observe(app_state, shown if not missing else None)
        elif shown is not None:
            self.spec = shown
            self._seen = _NOTHING
        self._explain(app_state)
        fresh, self._fresh = self._fresh, False
        return fresh or self.spec is not before or (self.message != message and not self.spec.nodes)

    def _observe(self, app_state: AppState, declared: GraphSpec | None) -> None:
        seen = observed_so_far(app_state)
        if seen == self._seen and declared is self._declared and self.spec.nodes:
            return
        self._seen, self._declared = seen, declared
        ran = observed_runs(app_state)
        if declared is not None:
            spec = with_observed(declared, ran)
        else:
            spec = observed_spec(ran) if any(map(any, ran)) else GraphSpec()
        if spec != self.spec:
            self.spec = spec

    def _explain(self, app_state: AppState) -> None:
        if app_state.graph_problem:
            why = [app_state.graph_problem, *app_state.graph_fault.split("\n")]
            lines = ["The server has no graph to draw.", *why, "Run it: the nodes that ran are drawn."]
            if app_state.graph_unread and not app_state.graph_fault:
                again = Hint("Ask again ({refresh}), or run it: the nodes that ran are drawn.")
                lines = ["Asking the server for the graph failed.", *why, again]
            if app_state.graph_fault:
                lines[-1] = "Correct the code there; the server reloads by itself."
        elif app_state.graph is not None:
            lines = ["This graph has no nodes.", *app_state.graph.problems[:5]]
        elif app_state.assistant is not None:
            lines = ["Loading the graph …"]
        else:
            lines = [Hint("No graph yet: choose an assistant ({assistants}).")]
        self.message = tuple(clean_words(line) for line in lines)
