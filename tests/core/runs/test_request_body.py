"""The body that a request becomes on each family of servers."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.runs.request_body import Setting, build_body, reduced_modes
from studio_tui.domain.breakpoint import ALL, Breakpoints
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.dialect import FAMILIES
from studio_tui.domain.ids import CheckpointId, NodeId, TaskId
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.domain.server import Capability, ServerInfo, ServerKind
from studio_tui.domain.stream_mode import MODES
from studio_tui.errors import UnsupportedError, UsageError
from tests.core.fakes import THREAD

NO = Capability(False, "Aegra refuses to continue a run without input.")


def setting(kind: ServerKind = ServerKind.PYTHON, **capabilities: Capability) -> Setting:
    server = ServerInfo("http://s", kind, capabilities=capabilities)
    return Setting(server, "assistant-1", op_id="op-1")


def body(request: RunRequest, kind: ServerKind = ServerKind.PYTHON, **capabilities: Capability) -> Any:
    return build_body(request, setting(kind, **capabilities))


def test_default_body_is_the_recommended_profile() -> None:
    assert body(RunRequest(input={"x": 1})) == {
        "assistant_id": "assistant-1",
        "input": {"x": 1},
        "stream_mode": ["values", "updates", "messages-tuple", "custom", "tasks", "checkpoints"],
        "stream_subgraphs": True,
        "stream_resumable": True,
        "on_disconnect": "continue",
        "multitask_strategy": "reject",
        "if_not_exists": "create",
        "metadata": {"op_id": "op-1"},
    }


def test_only_a_run_with_input_may_make_the_thread() -> None:
    """Going on, and an answer, are on a thread that is there: one that is gone does not come back empty."""
    assert "if_not_exists" not in body(RunRequest())
    assert "if_not_exists" not in body(RunRequest(command={"resume": True}))


def test_every_option_is_sent() -> None:
    request = RunRequest(
        input=None,
        stream_modes=("debug",),
        interrupt_before=("b",),
        interrupt_after="*",
        multitask="enqueue",
        durability="exit",
        on_disconnect="cancel",
        recursion_limit=7,
        webhook="https://hooks.example/x",
        metadata={"tag": "t"},
        config={"tags": ["a"]},
        context={"model": "m"},
        after_seconds=3,
        checkpoint={"checkpoint_id": "c"},
    )
    made = body(request)
    assert made["input"] is None
    assert made["stream_mode"] == ["debug"]
    assert (made["interrupt_before"], made["interrupt_after"]) == (["b"], "*")
    assert (made["multitask_strategy"], made["durability"], made["after_seconds"]) == ("enqueue", "exit", 3)
    assert made["on_disconnect"] == "cancel"
    assert made["config"] == {"tags": ["a"], "recursion_limit": 7}
    assert made["context"] == {"model": "m"}
    assert made["webhook"] == "https://hooks.example/x"
    assert made["metadata"] == {"tag": "t", "op_id": "op-1"}
    assert made["checkpoint"] == {"checkpoint_id": "c"}


def test_breakpoints_of_the_graph_join_those_of_the_request() -> None:
    marks = Breakpoints({NodeId("a"), NodeId("sub:inner")}, {ALL})
    made = build_body(
        RunRequest(input={}, interrupt_before=("b",)), Setting(ServerInfo("http://s"), "a", breakpoints=marks)
    )
    assert (made["interrupt_before"], made["interrupt_after"]) == (["a", "b"], "*")


def test_command_takes_the_place_of_input() -> None:
    made = body(RunRequest(input={"x": 1}, command={"resume": {"i": True}}))
    assert made["command"] == {"resume": {"i": True}}
    assert "input" not in made


def test_config_and_context_are_one_on_python() -> None:
    request = RunRequest(input={}, config={"configurable": {"a": 1}, "tags": ["t"]}, context={"b": 2})
    made = body(request)
    assert (made["config"], made["context"]) == ({"tags": ["t"]}, {"a": 1, "b": 2})
    made = body(request, ServerKind.JAVASCRIPT)
    assert (made["config"]["configurable"], made["context"]) == ({"a": 1}, {"b": 2})
    made = body(request, ServerKind.OLD_PYTHON)
    assert made["config"]["configurable"] == {"a": 1, "b": 2}
    assert "context" not in made


def test_contradicting_config_and_context_are_refused_in_words() -> None:
    with pytest.raises(UsageError) as refused:
        body(RunRequest(input={}, config={"configurable": {"model": "a"}}, context={"model": "b"}))
    assert "model" in refused.value.detail


def test_javascript_always_gets_head_and_checkpoints() -> None:
    head = Checkpoint(THREAD, CheckpointId("c9"), ref={"checkpoint_id": "c9", "checkpoint_ns": ""})
    server = ServerInfo("http://s", ServerKind.JAVASCRIPT)
    made: Any = build_body(RunRequest(input={}, stream_modes=("values",)), Setting(server, "a", head=head))
    assert made["checkpoint"] == {"checkpoint_id": "c9", "checkpoint_ns": ""}
    assert made["stream_mode"] == ["values", "checkpoints"]
    back = build_body(RunRequest(input={}, checkpoint={"checkpoint_id": "c1"}), Setting(server, "a", head=head))
    assert back["checkpoint"] == {"checkpoint_id": "c1"}
    plain = Setting(ServerInfo("http://s", ServerKind.PYTHON), "a", head=head)
    assert "checkpoint" not in build_body(RunRequest(input={}), plain)


def test_old_servers_get_debug_and_their_own_words() -> None:
    made = body(RunRequest(input={}, durability="exit"), ServerKind.OLD_PYTHON, tasks_mode=Capability(False, "old"))
    assert made["stream_mode"] == ["values", "updates", "messages-tuple", "custom", "debug"]
    assert made["checkpoint_during"] is False
    assert "durability" not in made


def test_modes_are_sent_as_plain_text_and_only_the_servers_as_they_are() -> None:
    made: Any = body(RunRequest(input={}, stream_modes=(*MODES, "values", "of-this-server-only")))
    assert made["stream_mode"] == [*MODES, "of-this-server-only"]
    assert {type(mode) for mode in made["stream_mode"]} == {str}


def test_reduced_modes_stop_where_nothing_is_left() -> None:
    smaller = reduced_modes({"stream_mode": ["tasks", "debug", "values"]})
    assert smaller == {"stream_mode": ["debug", "values"]}
    assert reduced_modes(smaller) is None


def test_stateless_body_has_no_thread_words() -> None:
    made = body(RunRequest(input={}, stateless=True))
    assert made["on_completion"] == "delete"
    assert not {"multitask_strategy", "if_not_exists", "checkpoint"} & set(made)


def test_continuing_without_input_where_the_server_refuses_it() -> None:
    request = RunRequest(input=UNSET)
    assert body(request)["input"] is None
    with pytest.raises(UnsupportedError) as refused:
        body(request, ServerKind.AEGRA, input_null=NO)
    assert refused.value.hint
    server = ServerInfo("http://s", ServerKind.AEGRA, capabilities={"input_null": NO})
    paused = Checkpoint(THREAD, CheckpointId("c"), next=("b",))
    made = build_body(request, Setting(server, "a", head=paused))
    assert made["command"] == {"resume": True}
    asking = Checkpoint(
        THREAD, CheckpointId("c"), next=("b",), tasks=(Task(TaskId("t"), "b", interrupts=(Interrupt("i", 1),)),)
    )
    with pytest.raises(UnsupportedError):
        build_body(request, Setting(server, "a", head=asking))


def test_where_null_needs_a_checkpoint_the_head_is_named() -> None:
    speaks = replace(FAMILIES[ServerKind.AEGRA], head_with_null_input=True, resumes_breakpoints=False)
    server = ServerInfo("http://s", ServerKind.AEGRA, seen_dialect=speaks)
    head = Checkpoint(THREAD, CheckpointId("c"), next=("b",), ref={"checkpoint_id": "c", "checkpoint_ns": ""})
    made = build_body(RunRequest(input=UNSET), Setting(server, "a", head=head))
    assert (made["input"], made["checkpoint"]) == (None, {"checkpoint_id": "c", "checkpoint_ns": ""})
    for request in (RunRequest(input={}), RunRequest(input=UNSET, command={"resume": 1})):
        assert "checkpoint" not in build_body(request, Setting(server, "a", head=head))


@pytest.mark.parametrize("stateless", [True, False])
def test_a_run_of_a_kind_that_the_server_lacks_is_refused_with_the_other_kind(stateless: bool) -> None:
    lacking = Capability(False, "This server cannot do that.")
    lacks = {"stateless": lacking} if stateless else {"runs": lacking}
    there = Setting(ServerInfo("http://s", capabilities=lacks), "a")
    with pytest.raises(UnsupportedError) as refused:
        build_body(RunRequest(input={}, stateless=stateless), there)
    assert ("on a thread" if stateless else "without a thread") in refused.value.hint
    assert build_body(RunRequest(input={}, stateless=not stateless), there)
    with pytest.raises(UnsupportedError, match="cannot start"):
        body(RunRequest(input={}), stateless=lacking, runs=lacking)
