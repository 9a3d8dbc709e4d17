"""Writes of state over a link that fails, drafts and names on disk: once, told, private."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.client.sure import mark_ambiguous
from studio_tui.client.target import Target
from studio_tui.core.state.app_state import AppState
from studio_tui.core.studio import Studio
from studio_tui.core.timetravel import state_writer as writing
from studio_tui.core.timetravel.branch_names import BranchNames
from studio_tui.core.timetravel.branching import copy_until
from studio_tui.core.timetravel.edits import COPY, Edit, KeyChange
from studio_tui.core.timetravel.state_edit import EditDrafts, StateEdit
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.ids import CheckpointId, TaskId, ThreadId
from studio_tui.domain.server import Capability, ServerKind
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.errors import ConflictError, ConnectError, RejectedError, ServerError, StudioError, UsageError
from studio_tui.jsonkit.value import Json, JsonObject
from tests.core.fakes import THREAD, FakeClient, FakeRun, stamped


def key(number: int) -> CheckpointId:
    return CheckpointId(f"1f1e7584-{number:06d}")


def checkpoint(number: int, parent: int | None, *, source: str = "loop", **fields: Any) -> Checkpoint:
    return Checkpoint(
        THREAD,
        key(number),
        parent_id=None if parent is None else key(parent),
        source=source,
        step=number,
        ref={"checkpoint_id": key(number), "checkpoint_ns": "", "thread_id": THREAD},
        **fields,
    )


class WritableClient(FakeClient):
    """Keeps what is written; `faults` decide what becomes of the writes to come."""

    def __init__(self, kind: ServerKind = ServerKind.PYTHON, **capabilities: Capability) -> None:
        super().__init__(kind, **capabilities)
        self.faults: list[tuple[bool, StudioError]] = []
        """Whether the write is carried out all the same, and what the caller gets."""
        self.written: list[dict[str, Any]] = []
        self.entered = asyncio.Event()
        self.gate: asyncio.Event | None = None
        self.before_fault: list[Checkpoint] = []
        """What another client writes in the moment of the next write that is lost."""
        self.goes_down = False
        """No call after the next write is answered."""
        self.set_history([checkpoint(0, None, source="input"), checkpoint(1, 0, values={"x": 1}, next=("b",))])
        self.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.IDLE)

    def set_history(self, items: list[Checkpoint]) -> None:
        ordered = sorted(items, key=lambda item: item.checkpoint_id or "", reverse=True)
        self.histories[THREAD], self.heads[THREAD] = ordered, ordered[0]

    async def state(
        self,
        thread_id: ThreadId,
        *,
        checkpoint: JsonObject | None = None,
        checkpoint_id: CheckpointId | None = None,
        subgraphs: bool = False,
    ) -> Checkpoint:
        named = str((checkpoint or {}).get("checkpoint_id") or "")
        return await super().state(thread_id, checkpoint_id=checkpoint_id or (CheckpointId(named) if named else None))

    async def history(
        self,
        thread_id: ThreadId,
        *,
        limit: int = 25,
        before: CheckpointId | None = None,
        checkpoint: JsonObject | None = None,
    ) -> list[Checkpoint]:
        return await super().history(thread_id, limit=limit, before=before)

    async def update_state(
        self, thread_id: ThreadId, values: Json, *, as_node: str | None = None, checkpoint: JsonObject | None = None
    ) -> JsonObject:
        self._called("update_state")
        self.written.append({"values": values, "as_node": as_node, "checkpoint": checkpoint})
        self.entered.set()
        if self.gate is not None:
            await self.gate.wait()
        fault = self.faults.pop(0) if self.faults else None
        made = self._carry_out(values, as_node, checkpoint or {}) if fault is None or fault[0] else None
        if fault is not None and self.before_fault:
            self.set_history([*self.histories[THREAD], *self.before_fault])
        if self.goes_down:
            self.down = ConnectError("No connection")
        if fault is not None:
            raise fault[1]
        assert made is not None
        return {"checkpoint": made.ref}

    def _carry_out(self, values: Any, as_node: str | None, ref: JsonObject) -> Checkpoint:
        items = self.histories[THREAD]
        origin = next(item for item in items if item.checkpoint_id == ref["checkpoint_id"])
        number = int((items[0].checkpoint_id or "").rpartition("-")[2]) + 1
        made = checkpoint(number, 0)
        if as_node == COPY:
            made = replace(made, parent_id=origin.parent_id, source="fork", values=origin.values, next=origin.next)
        else:
            merged = {**(origin.values if isinstance(origin.values, dict) else {}), **(values or {})}
            made = replace(made, parent_id=origin.checkpoint_id, source="update", values=merged, next=origin.next)
        self.set_history([*items, made])
        return made


@pytest.fixture
def client() -> WritableClient:
    return WritableClient()


@pytest.fixture
async def studio(client: WritableClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    monkeypatch.setattr(writing, "LOOKS", (0.0, 0.0))
    made = Studio(client_factory=lambda *_, **__: client, threaded=False)
    await made.connect(Target("http://fake"))
    await made.threads.open(THREAD)
    yield made
    await made.aclose()


def edit(studio: Studio, **changes: KeyChange) -> Edit:
    head = studio.app_state.history.head
    assert head is not None
    return Edit(dict(head.ref), changes=changes or {"x": KeyChange(2)}, head=head.checkpoint_id)


def lost(*, ambiguous: bool = True) -> ConnectError:
    error = ConnectError("The connection broke", "reset by peer")
    error.ambiguous = ambiguous
    return error


async def test_a_preview_calls_nothing_that_writes(studio: Studio, client: WritableClient) -> None:
    shown = await studio.time.editing.preview(edit(studio))
    assert shown.body == {"values": {"x": 2}, "checkpoint": edit(studio).checkpoint}
    assert client.written == []


async def test_a_lost_answer_of_a_write_that_was_carried_out_is_no_failure(
    studio: Studio, client: WritableClient
) -> None:
    client.faults = [(True, lost())]
    made = await studio.time.editing.apply(edit(studio), expected_head=key(1))
    assert (made.source, made.parent_id, made.values) == ("update", key(1), {"x": 2})
    assert len(client.written) == 1
    assert "answer was lost" in studio.time.editing.notes[0]
    undone = await studio.time.branching.restore("undo")
    assert undone.startswith(f"Undid: the edit of `x` at step {made.step}. "), "as the history numbers it"
    assert studio.app_state.state is not None
    assert studio.app_state.state.values == {"x": 1}


@pytest.mark.parametrize(
    "error",
    [lost(), mark_ambiguous(ServerError("Gone", status=502)), mark_ambiguous(ServerError("Slow", status=504))],
    ids=["cut", "502", "504"],
)
async def test_a_write_that_left_no_trace_is_not_repeated(
    studio: Studio, client: WritableClient, error: StudioError
) -> None:
    client.faults = [(False, error)]
    with pytest.raises(ConnectError, match=r"unknown whether the edit was written.*no trace of it so far") as told:
        await studio.time.editing.apply(edit(studio), expected_head=key(1))
    assert told.value.ambiguous
    assert len(client.written) == 1
    assert studio.time.branching.cannot("undo")


@pytest.mark.parametrize("parent", [0, 1], ids=["of another parent", "older than what was read"])
async def test_another_clients_edit_is_not_taken_for_the_one_that_was_lost(
    studio: Studio, client: WritableClient, parent: int
) -> None:
    """An edit stands beside: of another checkpoint, or of the same but there before ours was sent."""
    theirs = checkpoint(2, parent, source="update", values={"x": "theirs"})
    begun = edit(studio)
    if parent:
        client.set_history([*client.histories[THREAD], theirs, checkpoint(3, 2)])
    client.faults = [(False, lost())]
    client.before_fault = [] if parent else [theirs]
    with pytest.raises(ConnectError, match="unknown whether the edit was written"):
        await studio.time.editing.apply(begun, expected_head=None)
    assert len(client.written) == 1


async def test_a_new_edit_forgets_what_could_be_redone(studio: Studio, client: WritableClient) -> None:
    await studio.time.editing.apply(edit(studio), expected_head=None)
    await studio.time.branching.restore("undo")
    assert not studio.time.branching.cannot("redo")
    await studio.time.editing.apply(edit(studio, x=KeyChange(3)), expected_head=None)
    assert studio.time.branching.cannot("redo")


async def test_when_even_the_look_fails_it_is_said_to_be_unknown(studio: Studio, client: WritableClient) -> None:
    client.faults = [(True, lost())]
    client.goes_down = True
    with pytest.raises(ConnectError, match="It is unknown whether the edit was written") as told:
        await studio.time.editing.apply(edit(studio), expected_head=key(1))
    assert "before you write it again" in told.value.hint
    assert len(client.written) == 1
    client.down = None


async def test_a_refusal_is_passed_on_and_nothing_is_looked_up(studio: Studio, client: WritableClient) -> None:
    client.faults = [(False, RejectedError("Not accepted", "Node z does not exist"))]
    with pytest.raises(RejectedError):
        await studio.time.editing.apply(edit(studio), expected_head=key(1))
    assert studio.time.branching.cannot("undo")


async def test_a_moved_head_and_a_busy_thread_are_conflicts_in_words(studio: Studio, client: WritableClient) -> None:
    begun = edit(studio)
    client.set_history([*client.histories[THREAD], checkpoint(2, 1, next=("c",))])
    with pytest.raises(ConflictError, match="moved on") as moved:
        await studio.time.editing.apply(begun, expected_head=begun.head)
    assert "wrote step 2" in moved.value.detail
    assert client.written == []
    client.faults = [(False, ConflictError("Conflict", "[<Run object at 0x7f>]", status=409))]
    with pytest.raises(ConflictError, match="busy") as busy:
        await studio.time.editing.apply(begun, expected_head=None)
    assert "0x7f" not in f"{busy.value} {busy.value.hint}"


async def test_two_writes_at_a_time_are_one_too_many(studio: Studio, client: WritableClient) -> None:
    client.gate = asyncio.Event()
    both = [asyncio.create_task(studio.time.editing.apply(edit(studio), expected_head=None)) for _ in range(2)]
    await client.entered.wait()
    client.gate.set()
    _, second = await asyncio.gather(*both, return_exceptions=True)
    assert isinstance(second, ConflictError)
    assert "just being written" in second.title
    assert len(client.written) == 1


async def test_undo_does_not_go_over_what_somebody_else_did(studio: Studio, client: WritableClient) -> None:
    await studio.time.editing.apply(edit(studio), expected_head=None)
    client.set_history([*client.histories[THREAD], checkpoint(9, 2, next=())])
    with pytest.raises(ConflictError, match="moved on"):
        await studio.time.branching.restore("undo")
    assert len(client.written) == 1
    await studio.threads.open(THREAD)
    assert "The thread stands at step 10" in await studio.time.branching.restore("undo")


async def test_a_server_that_lets_busy_threads_be_written_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    client = WritableClient(ServerKind.AEGRA, replay=Capability(False, "Aegra starts a new turn."))
    studio = Studio(client_factory=lambda *_, **__: client, threaded=False)
    await studio.connect(Target("http://fake"))
    await studio.threads.open(THREAD)
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.BUSY)
    with pytest.raises(ConflictError, match="busy"):
        await studio.time.editing.apply(edit(studio), expected_head=None)
    assert client.written == []
    assert studio.time.branching.will_execute(key(1)) == "Aegra starts a new turn."
    for going in (studio.time.branching.rerun(key(1)), studio.time.branching.fork(key(1), None, run=True)):
        with pytest.raises(StudioError, match="cannot"):
            await going
    assert client.bodies == []
    await studio.aclose()


async def test_input_from_an_old_checkpoint_is_a_run_that_branches_off_there(client: WritableClient) -> None:
    studio = Studio(client_factory=lambda *_, **__: client, threaded=False)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    await studio.threads.open(THREAD)
    app_state = studio.app_state
    assert app_state.new_turn({"x": 5}).checkpoint is None
    await studio.history.select(key(0))
    request = app_state.new_turn({"x": 5})
    client.scripts.append(FakeRun(stamped(3)))
    await studio.time.branching.rerun(key(0), request=request)
    assert app_state.cursor is None, "after sending one is at now"
    (body,) = client.bodies
    assert body["input"] == {"x": 5}
    assert body["checkpoint"] == checkpoint(0, None).ref
    await studio.runs.wait()
    await studio.aclose()


async def test_without_a_thread_nothing_can_be_done(client: WritableClient) -> None:
    studio = Studio(client_factory=lambda *_, **__: client, threaded=False)
    await studio.connect(Target("http://fake"))
    assert studio.time.branching.cannot("undo") == studio.time.branching.cannot("redo") == "No thread is open."
    assert studio.time.branching.will_execute(None) == ""
    for going in (
        studio.time.branching.restore("undo"),
        studio.time.branching.restore("redo"),
        studio.time.branching.copy_thread_until(key(1)),
    ):
        with pytest.raises(UsageError):
            await going
    await studio.aclose()


def test_drafts_outlive_the_program_and_stay_private(tmp_path: Path) -> None:
    def begun(number: int, server: str = "http://a") -> StateEdit:
        base = checkpoint(number, 2, values={"x": [0], "y": 1})
        return StateEdit(base, None, EditDrafts(tmp_path / "drafts", lambda: server).of(THREAD))

    drafts = EditDrafts(tmp_path / "drafts", lambda: "http://a").of(THREAD)
    for number in (3, 4):
        draft = StateEdit(checkpoint(number, 2, values={"x": [0], "y": 1}), None, drafts)
        draft.texts.put(("x", "+"), str(number))
        draft.texts.put(("y",), "[1,")
        draft.as_node = "b"
        assert draft.saving()()
    later, problem = begun(3).to_send()
    assert later.changes == {"x": KeyChange(3, "append")}
    assert later.as_node == "b"
    assert problem.startswith("y: ")
    assert begun(4).texts.text(("y",)) == "[1,"
    assert begun(3, "http://b").is_empty
    (file,) = (tmp_path / "drafts").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    drafts = EditDrafts(tmp_path / "drafts", lambda: "http://a").of(THREAD)
    for number in (3, 4):
        left = StateEdit(checkpoint(number, 2), None, drafts)
        left.clear()
        assert left.saving()()
    assert begun(3).is_empty
    assert list((tmp_path / "drafts").iterdir()) == []


def test_what_is_typed_goes_with_the_thread_to_its_new_head_and_stays_with_its_subgraph(tmp_path: Path) -> None:
    drafts = EditDrafts(tmp_path, lambda: "http://a").of(THREAD)
    inner = replace(checkpoint(9, None, values={"y": 1}), ns=("b:1",))
    root = checkpoint(3, 2, values={"x": 1}, tasks=(Task(TaskId("t"), "b", subgraph=inner),))
    edit = StateEdit(root, key(3), drafts)
    edit.texts.put(("x",), "2")
    edit.enter(inner)
    assert edit.is_empty
    edit.texts.put(("y",), "3")
    assert not edit.rebase(checkpoint(5, 4)), "the subgraph is not paused there"
    edit.enter(root)
    assert edit.texts.text(("x",)) == "2"
    assert edit.rebase(checkpoint(4, 3, values={"x": 0}))
    sent, _ = edit.to_send()
    assert (sent.checkpoint_id, sent.head, sent.changes) == (key(4), key(4), {"x": KeyChange(2)})
    assert edit.saving()()
    kept = EditDrafts(tmp_path, lambda: "http://a").of(THREAD)
    assert StateEdit(root, key(3), kept).is_empty
    assert not StateEdit(checkpoint(4, 3), None, kept).is_empty
    assert not StateEdit(inner, None, kept).is_empty


def test_branch_names_are_kept_for_their_thread(tmp_path: Path) -> None:
    def opened(server: str = "http://a") -> BranchNames:
        return BranchNames(AppState(thread_id=THREAD), tmp_path / "branches", lambda: server)

    names = opened()
    names.give(key(1), "  before the fix ")
    names.give(key(2), "x" * 500)
    later = opened()
    assert later.of(THREAD) == {key(1): "before the fix", key(2): "x" * 60}
    assert opened("http://b").of(THREAD) == {}
    (file,) = (tmp_path / "branches").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    later.give(key(1), "")
    later.give(key(2), "")
    assert list((tmp_path / "branches").iterdir()) == []
    (tmp_path / "branches" / file.name).write_text('{"names": 3')
    assert opened().of(THREAD) == {}


async def test_names_are_in_the_store_when_a_thread_is_open(client: WritableClient, tmp_path: Path) -> None:
    for name in ("first try", ""):
        studio = Studio(client_factory=lambda *_, **__: client, threaded=False, state_dir=tmp_path)
        await studio.connect(Target("http://fake"))
        await studio.threads.open(THREAD)
        if name:
            studio.time.names.give(key(1), name)
        assert studio.app_state.branch_names == {key(1): "first try"}
        await studio.aclose()


@pytest.mark.parametrize("happened", [True, False])
async def test_a_copy_whose_head_was_moved_by_a_write_with_a_lost_answer_is_a_copy(
    monkeypatch: pytest.MonkeyPatch, happened: bool
) -> None:
    monkeypatch.setattr(writing, "LOOKS", (0.0, 0.0))
    copy, heads = ThreadId("00000000-0000-4000-8000-00000000c0b1"), [checkpoint(1, 0)]

    class Copies(WritableClient):
        async def copy_thread(self, _: ThreadId) -> Thread:
            return Thread(copy)

        async def state(self, thread_id: ThreadId, **_: Any) -> Checkpoint:
            return heads[-1] if thread_id == copy else checkpoint(0, None)

        async def update_state(self, *_: Any, **__: Any) -> JsonObject:
            if happened:
                heads.append(checkpoint(2, 0))
            raise mark_ambiguous(ServerError("Gone", status=502))

    client = Copies()
    copying = copy_until(lambda fn: fn(client), THREAD, key(0))
    if happened:
        assert (await copying)[0] == copy
    else:
        with pytest.raises(StudioError, match="its head may not have been moved"):
            await copying
