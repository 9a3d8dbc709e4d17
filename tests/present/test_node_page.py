"""The page of a node: what it is, what it did last, and how sure each of these is."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.assistant import Assistant, Schemas, SubgraphSchemas
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.graph import GraphSpec, NodeSpec
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, RunId, TaskId, ThreadId
from studio_tui.domain.run import GIVEN_BACK, Phase, RunState, TaskStatus, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json
from studio_tui.present.graph.node import NodePage
from studio_tui.present.graph.overlay import Overlay
from studio_tui.present.kit.sections import Section
from studio_tui.present.runs.fan_out import FanOut
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import plain
from tests.graphs.samples import graph
from tests.present.said import page_text
from tests.ui.studio.test_panels_hostile import HOSTILE

SPEC = graph("__start__>agent", "agent~tools=yes", "tools>agent", "agent~__end__")
THREAD = ThreadId("t")
STATE: Json = {"type": "object", "properties": {"city": {"type": "string"}}}


def sections(app_state: AppState, node: str, *members: str, read: Any = None) -> dict[str, Section]:
    page = NodePage(NodeId(node), [NodeId(name) for name in members])
    return {section.title: section for section in page.sections(app_state, read or {})}


def said(section: Section) -> str:
    lines = [section.note, *(entry.line for entry in section.entries)]
    return " ".join(" ".join(plain(line).split()) for line in lines)


def thread(*steps: str, given_back: bool = False) -> AppState:
    """A thread whose steps ran these nodes one after the other, known by its checkpoints alone."""
    app_state = AppState(graph=SPEC, thread_id=THREAD)
    run = RunState(RunId("r"), THREAD, phase=Phase.DONE, from_history=True)
    run.request = {"input": {"city": "Rome"}}
    items: list[Checkpoint] = []
    for number, name in enumerate((*steps, "")):
        task = TaskView(TaskId(f"t{number}"), name, (), number + 1, TaskStatus.DONE, 10.0, 11.0)
        result: Any = {"n": number}
        task.result = GIVEN_BACK if given_back else LazyJson.of(result)
        tasks = (Task(task.id, name, result=None if given_back else result, has_result=True),) if name else ()
        if name:
            run.tasks[task.id] = task
        items.append(Checkpoint(
            THREAD, CheckpointId(f"c{number}"), parent_id=CheckpointId(f"c{number - 1}") if number else None,
            values=None if given_back else {"city": f"state {number}"}, tasks=tasks, step=number, run_id=run.run_id,
            source="loop" if number else "input",
        ))  # fmt: skip
    app_state.history.merge(items)
    app_state.runs = [run]
    return app_state


def test_what_was_streamed_is_whole_and_what_only_the_state_tells_is_marked_as_inferred() -> None:
    app_state = thread("agent", "tools", "agent")
    found = sections(app_state, "agent")
    assert "run r, 1 of 1, step 3" in said(found["Last visit"])
    assert "2 visits" in said(found["Last visit"])
    assert found["Input"].value == {"city": "state 2"}
    assert "inferred: the state of step 2" in said(found["Input"])
    assert found["Output"].value == {"n": 2}
    assert not found["Output"].note
    app_state.runs[0].tasks[TaskId("t2")].input = LazyJson.of({"city": "given"})
    found = sections(app_state, "agent")
    assert (found["Input"].value, found["Input"].note) == ({"city": "given"}, ())


def test_at_an_old_checkpoint_it_shows_the_last_visit_before_it() -> None:
    app_state = thread("agent", "tools", "agent")
    app_state.cursor = CheckpointId("c1")
    assert "step 1" in said(sections(app_state, "agent")["Last visit"])
    assert sections(app_state, "agent")["Output"].value == {"n": 0}
    never = said(sections(app_state, "tools")["Last visit"])
    assert "did not run on the way to this checkpoint" in never
    assert "Output" not in sections(app_state, "tools")


def test_what_is_not_in_memory_is_asked_for_and_shown_when_it_is_read() -> None:
    app_state = thread("agent", "tools", given_back=True)
    page = NodePage(NodeId("tools"))
    shown = {section.title: section for section in page.sections(app_state, {})}
    assert str(page.wanted) == "c1"
    assert "reading its checkpoint" in said(shown["Output"])
    assert "Edges" in shown
    whole = Checkpoint(
        THREAD, CheckpointId("c1"), values={"a": 1}, tasks=(Task(TaskId("t1"), "tools", result={"b": 2}),)
    )
    read = {CheckpointId("c1"): whole}
    shown = {section.title: section for section in page.sections(app_state, read)}
    assert (shown["Input"].value, shown["Output"].value) == ({"a": 1}, {"b": 2})
    assert not page.wanted
    failed = sections(app_state, "tools", read={CheckpointId("c1"): "the server has gone"})
    assert "Not known: the server has gone." in said(failed["Output"])
    assert "Edges" in failed


def test_an_input_that_was_sent_is_not_taken_for_the_state() -> None:
    app_state = thread("tools")
    item = app_state.history.by_id[CheckpointId("c0")]
    sent = replace(item.tasks[0], path=("__pregel_push", 0))
    app_state.history.replace({CheckpointId("c0"): replace(item, tasks=(sent,))})
    assert "it was sent (Send)" in said(sections(app_state, "tools")["Input"])


def test_of_a_fan_out_the_one_that_failed_is_shown() -> None:
    app_state = AppState(graph=SPEC)
    run = RunState(RunId("r"), phase=Phase.RUNNING)
    for number, status in enumerate((TaskStatus.DONE, TaskStatus.ERROR, TaskStatus.RUNNING)):
        run.tasks[TaskId(str(number))] = TaskView(TaskId(str(number)), "tools", (), 2, status, 10.0)
    run.tasks[TaskId("1")].error = "ValueError('two')"
    app_state.runs = [run]
    page = NodePage(NodeId("tools"))
    for _ in range(2):
        text = page_text(page.sections(app_state, {}))
        assert "3 of that step, 1 failed, 1 running" in text
        assert "two" in text
        assert "Tasks of that step" in text
    run.tasks[TaskId("3")] = TaskView(TaskId("3"), "tools", (), 3, TaskStatus.RUNNING, 12.0)
    assert "step 3" in page_text(page.sections(app_state, {}))


def test_node_page_and_timeline_tell_one_time_of_a_fan_out_the_longest_of_its_tasks() -> None:
    app_state, run = AppState(graph=SPEC), RunState(RunId("r"), phase=Phase.DONE)
    for number, began in enumerate((10.0, 10.7, 11.0)):
        task = TaskView(TaskId(str(number)), "tools", (), 2, TaskStatus.DONE, began, began + 1.2)
        run.tasks[task.id] = task
    app_state.runs = [run]
    assert Overlay().marks(app_state, SPEC)[NodeId("tools")].note(UNICODE) == "×3 1.2s"
    assert "took 1.2s, the longest of 3; this one 1.2s" in said(sections(app_state, "tools")["Last visit"])
    fan = FanOut(run, run.tasks[TaskId("0")])
    fan.tasks.extend(run.tasks.values())
    assert fan.seconds(99.0) == pytest.approx(1.2)


def test_a_subgraph_that_ran_twice_is_no_fan_out_on_the_page_of_what_is_inside() -> None:
    app_state, run = AppState(graph=SPEC), RunState(RunId("r"), phase=Phase.DONE)
    for step in (1, 2):
        outer = TaskView(TaskId(f"o{step}"), "team", (), step, TaskStatus.DONE, 10.0, 12.0)
        inner = TaskView(TaskId(f"i{step}"), "work", (f"team:o{step}",), 1, TaskStatus.DONE, 10.0, 11.0)
        run.tasks.update({outer.id: outer, inner.id: inner})
    app_state.runs = [run]
    assert "of that step" not in said(sections(app_state, "team:work")["Last visit"])


def test_tools_are_those_that_the_graph_names_and_those_that_were_seen() -> None:
    app_state = thread("agent", "tools")
    node = NodeSpec(NodeId("agent"), "agent", tools=("search",))
    app_state.graph = GraphSpec((node, *(item for item in SPEC.nodes if item.id != "agent")), SPEC.edges)
    call = {"type": "ai", "content": "", "tool_calls": [{"name": "weather", "args": {}, "id": "1"}]}
    app_state.runs[0].tasks[TaskId("t0")].result = LazyJson.of({"messages": [call]})
    told = said(sections(app_state, "agent")["Tools"])
    assert "declared search" in told
    assert "seen weather called 1× by what it wrote" in told
    app_state.cursor = CheckpointId("c0")
    assert "seen" not in said(sections(app_state, "agent")["Tools"])


def test_settings_that_the_graph_binds_to_the_node_come_first_with_what_runs_get() -> None:
    fields: Any = {
        "model": {"type": "string", "default": "small", "langgraph_nodes": ["agent"]},
        "tone": {"type": "string"},
        "limit": {"type": "integer", "langgraph_nodes": ["tools"]},
    }
    app_state = AppState(graph=SPEC, schemas=Schemas(context={"type": "object", "properties": fields}))
    app_state.assistants.items = [Assistant(AssistantId("a"), "g", "g", context={"tone": "dry"})]
    app_state.assistant_id = AssistantId("a")
    told = said(sections(app_state, "agent")["Config of the assistant"])
    assert told.index("model") < told.index("tone")
    assert '"small"' in told
    assert "default, steers it" in told
    assert '"dry"' in told
    assert "limit" not in told


def test_a_node_of_a_subgraph_has_the_schema_of_that_and_the_ends_have_input_and_output() -> None:
    spec = graph("__start__>sub:a", "sub:a>sub:b", "sub:b>__end__")
    inner = Schemas(state={"type": "object", "properties": {"inner": {"type": "integer"}}})
    app_state = AppState(graph=spec, schemas=Schemas(input=STATE, output={"type": "string"}, state=STATE))
    title = "Schema of the subgraph sub"
    assert "reading" in said(sections(app_state, "sub:a")[title])
    app_state.subgraphs = SubgraphSchemas(problem="The server failed at it")
    assert "failed at it" in said(sections(app_state, "sub:a")[title])
    app_state.subgraphs = SubgraphSchemas({NodeId("sub"): inner})
    assert "inner whole number" in said(sections(app_state, "sub:a")[title])
    box = sections(app_state, "sub")
    assert "inner whole number" in said(box[title])
    assert [entry.leads_to for entry in box["Nodes in it"].entries] == ["sub:a", "sub:b"]
    assert "from __start__ into a" in said(box["Edges"])
    assert "its input" in said(sections(app_state, "__start__")["Schema of the graph"])
    assert "its output" in said(sections(app_state, "__end__")["Schema of the graph"])


def test_a_box_of_several_nodes_tells_of_each_and_of_the_edges_to_others() -> None:
    spec = graph("s>a", "s>b", "a>t", "b>t", "a>b", "b>a")
    found = sections(AppState(graph=spec), "a", "a", "b")
    assert [entry.leads_to for entry in found["Nodes in it"].entries] == ["a", "b"]
    assert [entry.leads_to for entry in found["Edges of each"].entries] == ["s", "t", ""]
    assert "to each other" in said(found["Edges of each"])


def test_runs_of_another_graph_do_not_count() -> None:
    app_state = thread("agent")
    app_state.assistants.items = [Assistant(AssistantId("a"), "mine", "mine")]
    app_state.assistant_id = AssistantId("a")
    assert "Output" in sections(app_state, "agent")
    app_state.runs[0].graph_id = "other"
    assert "Output" not in sections(app_state, "agent")


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_a_server_reaches_the_page_as_it_came(name: str) -> None:
    text = HOSTILE[name]
    node = NodeSpec(NodeId(text), text, text, tools=(text,), metadata={text: text})
    schema: Any = {"type": "object", "properties": {text: {"type": "string", "description": text, "default": text}}}
    app_state = AppState(schemas=Schemas(state=schema, context=schema), subgraphs=SubgraphSchemas(problem=text[:50]))
    app_state.graph = GraphSpec((node,), graph("a>a").edges)
    run = RunState(RunId(text), phase=Phase.FAILED, error=None)
    task = TaskView(TaskId(text), text, (), 1, TaskStatus.ERROR, 1.0, 2.0, error=text, triggers=(text,), keys=(text,))
    task.input = task.result = LazyJson.of({"messages": [{"type": "ai", "content": text}], text: [text]})
    run.tasks[task.id] = task
    app_state.runs = [run]
    shown = page_text(NodePage(NodeId(text)).sections(app_state, {}))
    assert is_safe(shown.replace("\n", ""))
    assert len(shown) < 500_000
