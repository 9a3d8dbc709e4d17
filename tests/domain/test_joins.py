"""What waits behind joins is brought back where a server leaves it out, marked as inferred, and invented nowhere."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from studio_tui.core.runstate.evidence import row_waits
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.graph import EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, RunId, TaskId, ThreadId
from studio_tui.domain.joins import Facts, concealed, joins_of, reveal, waits_unnamed
from studio_tui.domain.run import CheckpointMark, Phase, RunState
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.domain.thread_position import Standing, ends_on, thread_position

THREAD = ThreadId("t")


def graph(*edges: str) -> GraphSpec:
    """Edges spelled `a>b`, conditional ones `a?b`."""
    pairs = [(edge.replace("?", ">").split(">"), "?" in edge) for edge in edges]
    made = tuple(EdgeSpec(NodeId(a), NodeId(b), conditional) for (a, b), conditional in pairs)
    names = dict.fromkeys(name for edge in made for name in (edge.source, edge.target))
    return GraphSpec(tuple(NodeSpec(name, name) for name in names), made)


DIAMOND = graph("__start__>a", "a>b", "a>c", "b>d", "c>d", "d>e", "e>__end__")


def cid(number: int) -> CheckpointId:
    return CheckpointId(f"{number:03}")


def chain(*steps: str, sources: str = "") -> list[Checkpoint]:
    """Checkpoints of one branch; each step names what ran next there, `b,c*` tasks of which c has a result."""
    found: list[Checkpoint] = []
    for number, step in enumerate(steps):
        names = [name for name in step.split(",") if name]
        tasks = tuple(
            Task(TaskId(f"{number}{name}"), name.rstrip("*"), has_result=name.endswith("*")) for name in names
        )
        source = {"i": "input", "u": "update", "f": "fork"}.get(sources[number : number + 1], "loop")
        parent = cid(number - 1) if number else None
        following = tuple(task.name for task in tasks)
        found.append(
            Checkpoint(THREAD, cid(number), parent_id=parent, next=following, tasks=tasks, source=source, step=number)
        )
    return found


def after(items: list[Checkpoint], facts: Facts) -> dict[CheckpointId, Checkpoint]:
    found = {item.checkpoint_id or cid(0): item for item in items}
    found.update((item.checkpoint_id or cid(0), item) for item in reveal(items, facts, max(found)))
    return found


def last(items: list[Checkpoint], facts: Facts) -> Checkpoint:
    found = after(items, facts)
    return found[max(found)]


@pytest.mark.parametrize(
    ("spec", "steps", "hidden"),
    [
        (DIAMOND, ("a", "b,c", ""), ("d",)),
        (DIAMOND, ("a", "b,c", "", "e", ""), ()),
        (DIAMOND, ("a", "b", ""), ()),
        (graph("a>b", "a>c", "b>d", "c>c2", "c2>d"), ("a", "b,c", "c2", ""), ("d",)),
        (graph("a>b", "a>c", "b>d", "c>c2", "c2>d"), ("a", "b,c", "c2"), ()),
        (graph("b>d", "c>d", "x>d"), ("b,c", "x", ""), ("d",)),
        (graph("b>d", "c>d", "b>e"), ("b,c", "e"), ("d",)),
        (graph("b?d", "c?d"), ("b,c", ""), ()),
        (graph("b>d", "c>d", "d>b", "d>c"), ("b,c", "", "b,c", ""), ("d",)),
        (graph("b>d", "c>d"), ("b,c", "d", ""), ()),
    ],
)
def test_a_node_waits_where_all_its_sources_have_run(
    spec: GraphSpec, steps: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    head = last(chain(*steps), Facts(spec))
    assert (head.hidden, head.inferred) == (hidden, bool(hidden))
    assert head.next[len(head.next) - len(hidden) :] == hidden


def test_what_the_stream_told_is_no_guess_and_beats_the_edges() -> None:
    items = chain("a", "b,c", "")
    told = last(items, Facts(DIAMOND, told={cid(2): ("d",)}))
    assert (told.next, told.inferred) == (("d",), False)
    assert last(items, Facts(DIAMOND, told={cid(2): ()})) is items[2]


def test_what_the_row_says_is_believed() -> None:
    items = chain("a", "b,c", "")
    assert not last(items, Facts(DIAMOND, waits=False)).is_unfinished
    unnamed = last(items, Facts(None, waits=True))
    position = thread_position(unnamed, None)
    assert (position.standing, position.nodes, position.can_continue) == (Standing.PAUSED, (), True)
    assert position.places == ("a node that the server does not name",)


def test_a_new_input_takes_back_what_waited_and_an_edit_does_not() -> None:
    assert last(chain("a", "b,c", "", "a", sources="llli"), Facts(DIAMOND)).hidden == ()
    assert last(chain("a", "b,c", "", "", sources="lllu"), Facts(DIAMOND, writers={cid(3): "e"})).hidden == ("d",)
    assert last(chain("a", "b,c", "", "", sources="lllu"), Facts(DIAMOND, writers={cid(3): "__end__"})).hidden == ()
    assert last(chain("a", "b,c", "", "", sources="lllf"), Facts(DIAMOND)).hidden == ("d",)


def test_edits_by_hand_count_as_their_nodes() -> None:
    items = chain("a", "b*,c", "", "", sources="lluu")
    assert last(items, Facts(DIAMOND, writers={cid(2): "b", cid(3): "c"})).hidden == ("d",)
    assert last(items, Facts(DIAMOND)).hidden == ("d",)
    assert last(items, Facts(DIAMOND, writers={cid(2): "b", cid(3): "b"})).hidden == ()
    assert last(items[:3], Facts(DIAMOND)).hidden == ()


def test_the_question_of_a_hidden_node_is_asked_by_it() -> None:
    question = Interrupt("q", "Sure?", task_id=TaskId("true-id"))
    head = last(chain("a", "b,c", ""), Facts(DIAMOND, waits=True, questions=(question,)))
    assert [(item.id, item.node) for item in head.pending_interrupts] == [("q", "d")]
    assert head.tasks[0].id == "true-id"
    position = thread_position(head, None)
    assert (position.standing, position.places) == (Standing.ASKING, ("d (inferred)",))


def test_a_join_inside_a_subgraph_is_named_when_it_is_the_only_one() -> None:
    spec = graph("__start__>s:a", "s:a>s:b", "s:a>s:c", "s:b>s:d", "s:c>s:d", "s:d>z")
    inner = Checkpoint(THREAD, CheckpointId("inner"), ns=("s:1",), source="loop")
    task = Task(TaskId("1"), "s", subgraph=inner, interrupts=(Interrupt("q", "Sure?", node="s"),))
    head = replace(chain("s")[0], tasks=(task,))
    position = thread_position(last([head], Facts(spec)), None)
    assert position.places == ("s:d (inferred)",)
    assert [item.node for item in position.questions] == ["d"]
    told = thread_position(last([head], Facts(None, told={CheckpointId("inner"): ("d",)})), None)
    assert told.places == ("s:d",)


def test_a_subgraph_that_has_not_begun_waits_at_no_join_of_its_own() -> None:
    spec = graph("__start__>s:a", "s:a>s:b", "s:a>s:c", "s:b>s:d", "s:c>s:d", "s:d>z")
    empty = Checkpoint(THREAD, ns=("s:1",))  # what Python servers tell of a subgraph before its first step
    head = replace(chain("s")[0], tasks=(Task(TaskId("1"), "s", subgraph=empty),))
    position = thread_position(last([head], Facts(spec)), None)
    assert (position.standing, position.places) == (Standing.PAUSED, ("s",))
    assert not waits_unnamed(head)


def test_revealing_again_judges_anew() -> None:
    items = list(after(chain("a", "b,c", ""), Facts(DIAMOND)).values())
    assert reveal(items, Facts(DIAMOND), cid(2)) == []
    (changed,) = reveal(items, Facts(DIAMOND, waits=False), cid(2))
    assert changed == concealed(changed) == chain("a", "b,c", "")[2]


def test_edges_of_subgraphs_and_to_the_end_are_no_joins() -> None:
    spec = graph("a>__end__", "b>__end__", "s:a>s:c", "s:b>s:c", "s:c>z", "y>z")
    assert [(join.target, sorted(join.sources)) for join in joins_of(spec)] == [("z", ["s", "y"])]
    assert [join.target for join in joins_of(spec, ("s",))] == ["c"]


def info(status: str, at: float, run_id: str = "r") -> RunInfo:
    return RunInfo(RunId(run_id), THREAD, AssistantId("a"), status, created_at=at)


@pytest.mark.parametrize(
    ("row", "run", "source", "waits"),
    [
        (ThreadStatus.INTERRUPTED, "success", "loop", True),
        (ThreadStatus.IDLE, "success", "loop", False),
        (ThreadStatus.IDLE, "success", "update", None),
        (ThreadStatus.INTERRUPTED, "interrupted", "loop", None),
        (ThreadStatus.ERROR, "error", "loop", None),
    ],
)
def test_a_row_tells_only_of_what_the_newest_run_left(
    row: ThreadStatus, run: str, source: str, waits: bool | None
) -> None:
    head = replace(chain("")[0], source=source, run_id=RunId("r"), created_at=10.0)
    assert row_waits(Thread(THREAD, row, updated_at=12.0), head, [info(run, 9.0)]) is waits
    assert row_waits(Thread(THREAD, row, updated_at=1.0), head, [info(run, 9.0)]) is None


def run_with(*checkpoints: CheckpointId, phase: Phase = Phase.DONE, reconciled: bool = True) -> RunState:
    marks = {key: CheckpointMark(key, (), 1, "loop", 0.0, streamed=True) for key in checkpoints}
    return RunState(RunId("r"), THREAD, phase=phase, checkpoints=marks, reconciled=reconciled)


def test_a_run_ends_on_the_head_until_somebody_writes_on_top() -> None:
    a, b, _ = chain("a", "b", "", sources="llu")
    assert ends_on(run_with(cid(0), cid(1)), b)
    assert not ends_on(run_with(cid(0)), b)
    assert ends_on(run_with(cid(0), cid(1)), a)
    failed = run_with(cid(0), cid(1), phase=Phase.FAILED)
    edited = chain("a", "b", "b", sources="llu")[2]
    assert thread_position(b, failed).standing is Standing.FAILED
    assert thread_position(edited, failed).standing is Standing.PAUSED


def test_a_state_that_could_not_be_read_leaves_the_thread_to_what_the_stream_said() -> None:
    old = replace(chain("a")[0], tasks=(Task(TaskId("x"), "a", interrupts=(Interrupt("q", "Old?", node="a"),)),))
    run = run_with(cid(1), reconciled=False)
    position = thread_position(old, run)
    assert (position.standing, position.questions) == (Standing.UNKNOWN, ())
