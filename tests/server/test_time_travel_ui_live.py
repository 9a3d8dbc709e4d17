"""The walk-throughs of time travel by keys, in the real app on a real server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import TextArea

from studio_tui.domain.ids import NodeId
from studio_tui.domain.run_request import RunRequest
from studio_tui.ui.timetravel.edit_screen import EditScreen
from tests.server.driven import Driven, driven

pytestmark = pytest.mark.server


class Live(Driven):
    """What time travel looks at beside."""

    def settled(self) -> bool:
        run = self.studio.app_state.run
        return run is not None and not run.phase.is_live and run.reconciled and not self.app.work.activities

    async def run_to_end(self, payload: dict[str, Any]) -> None:
        await self.studio.runs.start(RunRequest(input=payload))
        await self.until(self.settled, "the end of the run")

    async def editor(self) -> EditScreen:
        await self.until(lambda: isinstance(self.app.screen, EditScreen), "the edit screen")
        screen = self.app.screen
        assert isinstance(screen, EditScreen)
        await self.until(lambda: bool(screen.query("#edit-area")), "the editor")
        return screen

    async def rewrite(self, value: Any) -> None:
        """Put another text into the editor, as a paste over everything does."""
        area = self.app.screen.query_one("#edit-area", TextArea)
        area.focus()
        area.select_all()
        area.replace(json.dumps(value), *area.selection)
        await self.pilot.pause()

    async def ids(self) -> set[str]:
        thread_id = self.studio.app_state.thread_id
        assert thread_id is not None
        items = await self.studio.connection.call(lambda client: client.history(thread_id, limit=100))
        return {item.checkpoint_id for item in items if item.checkpoint_id}


@pytest.fixture
def live(server: str, tmp_path: Path) -> Callable[..., Any]:
    @asynccontextmanager
    async def start(
        assistant: str = "travel_agent", thread: str = "", size: tuple[int, int] = (120, 36)
    ) -> AsyncIterator[Live]:
        async with driven(server, tmp_path, assistant, size, thread=thread) as it:
            await it.press("escape")
            yield Live(it.app, it.pilot, it.studio)

    return start


def weather(city: str = "San Francisco") -> dict[str, Any]:
    return {"messages": [{"type": "human", "content": f"what's the weather in {city}"}]}


def calls(values: Any) -> list[dict[str, Any]]:
    return [call for item in values["messages"] for call in item.get("tool_calls") or ()]


async def paused_before_tools(it: Live) -> None:
    it.studio.debugger.toggle(NodeId("tools"), "before")
    await it.run_to_end(weather())
    assert it.studio.app_state.state is not None
    assert it.studio.app_state.state.next == ("tools",)


async def edit_arguments(it: Live, city: str) -> None:
    """Open the arguments of the pending tool call and change the city; nothing is applied yet."""
    await it.press("4")
    view: Any = it.app.studio_screen.panel("state")
    path = ("values", "messages", 1, "tool_calls", 0, "args")
    await it.until(lambda: view._tree.reveal(path) is not None, "the arguments in State")
    view.rows_changed(0)
    view.move_to_row(view._tree.index_of(path))
    await it.press("e")
    await it.editor()
    await it.sees("messages[1].tool_calls[0].args")
    await it.rewrite({"city_name": city})
    await it.sees("What it changes")
    await it.until(lambda: getattr(it.app.screen, "preview", None) is not None, "the preview")


async def test_breakpoint_edit_the_tool_call_continue(live: Callable[..., Any]) -> None:
    async with live() as it:
        await paused_before_tools(it)
        before = await it.ids()
        await edit_arguments(it, "Lisbon")
        assert await it.ids() == before, "a preview writes nothing"
        await it.press("ctrl+s")
        await it.sees("Applied. c continues.")
        assert len(await it.ids()) == len(before) + 1
        truth = await it.truth()
        assert truth.next == ("tools",)
        assert calls(truth.values)[0]["args"] == {"city_name": "Lisbon"}
        await it.press("c")
        await it.until(lambda: it.settled() and it.studio.app_state.head.next == (), "the end")
        values: Any = (await it.truth()).values
        answers = [item["content"] for item in values["messages"] if item["type"] == "tool"]
        assert len(answers) == 1
        assert "Lisbon" in str(answers[0])
        assert before < await it.ids(), "the old branch is still there"


async def test_rerun_from_the_third_checkpoint_says_what_runs_and_keeps_the_old_branch(
    live: Callable[..., Any],
) -> None:
    async with live() as it:
        await it.run_to_end(weather())
        before = await it.ids()
        await it.press("3", "right_square_bracket")
        await it.until(lambda: it.app.studio_screen.active == "history", "the history")
        await it.sees("head")
        third = it.studio.app_state.history.items[-3]
        await it.press("G", "k", "k")
        await it.until(lambda: it.studio.app_state.cursor == third.checkpoint_id, "the cursor on the third checkpoint")
        await it.sees("THE PAST · step 1")
        state = it.studio.app_state.state
        assert state is not None
        await it.until(lambda: it.studio.app_state.state.checkpoint_id == third.checkpoint_id, "its state")
        assert await it.ids() == before, "looking back writes nothing"
        await it.press("R")
        await it.sees("Will run: tools")
        await it.sees("Nodes really execute again")
        await it.press("n")
        assert await it.ids() == before
        await it.press("R")
        await it.sees("Will run: tools")
        await it.press("y")
        await it.until(lambda: it.settled() and len(it.studio.app_state.history.items) > len(before), "the new branch")
        after = await it.ids()
        assert before < after
        truth = await it.truth()
        assert truth.next == ()
        children = [item for item in it.studio.app_state.history.items if item.parent_id == third.checkpoint_id]
        assert len(children) == 2, "both branches come out of the third checkpoint"


async def test_a_message_sent_from_an_old_checkpoint_goes_on_there_and_not_at_the_head(
    live: Callable[..., Any],
) -> None:
    async with live() as it:
        await it.run_to_end(weather())
        before = await it.ids()
        old = it.studio.app_state.history.items[-3]
        await it.studio.history.select(old.checkpoint_id)
        await it.press("i")
        await it.sees("Send from here: a message branches off at step 1")
        await it.type("what's the weather in Lisbon")
        await it.press("enter")
        await it.sees("Sent from step 1: a new branch")
        assert it.studio.app_state.cursor is None
        await it.until(lambda: it.settled() and it.studio.app_state.head.next == (), "the end")
        values: Any = (await it.truth()).values
        said = [item["content"] for item in values["messages"] if item["type"] == "human"]
        assert said == [weather()["messages"][0]["content"], "what's the weather in Lisbon"]
        assert "fog early" not in str(values["messages"][1:2]), "what came after step 1 is on the other branch"
        assert before < await it.ids()
        children = [item for item in it.studio.app_state.history.items if item.parent_id == old.checkpoint_id]
        assert len(children) == 2, "both branches come out of it"


async def test_fork_with_a_changed_argument_and_undo(live: Callable[..., Any]) -> None:
    async with live() as it:
        await it.run_to_end(weather())
        old = await it.truth()
        before = await it.ids()
        third = it.studio.app_state.history.items[-3]
        await it.studio.history.select(third.checkpoint_id)
        await it.sees("THE PAST")
        await edit_arguments(it, "Tokyo")
        assert "a fork: the head stays in the history" in it.text
        await it.press("ctrl+s")
        await it.sees("Applied. c continues.")
        forked = await it.truth()
        assert forked.parent_id == third.checkpoint_id
        assert forked.next == ("tools",)
        assert it.studio.app_state.cursor is None, "the fork is the head now"
        await it.press("c")
        await it.until(lambda: it.settled() and it.studio.app_state.head.next == (), "the end")
        values: Any = (await it.truth()).values
        assert "Tokyo" in str([item["content"] for item in values["messages"] if item["type"] == "tool"])
        assert before < await it.ids()
        await it.press("u")
        await it.sees("Undid: the edit of")
        restored = await it.truth()
        assert restored.values == old.values
        assert restored.next == old.next


async def test_undo_and_redo_restore_values_and_next(live: Callable[..., Any]) -> None:
    async with live() as it:
        await paused_before_tools(it)
        old = await it.truth()
        await edit_arguments(it, "Oslo")
        await it.press("ctrl+s")
        await it.sees("Applied.")
        edited = await it.truth()
        await it.press("u")
        await it.sees("Undid: the edit of")
        restored = await it.truth()
        assert (restored.values, restored.next) == (old.values, old.next)
        await it.press("U")
        await it.sees("Redid: the edit of")
        again = await it.truth()
        assert (again.values, again.next) == (edited.values, edited.next)


async def test_a_killed_app_loses_no_draft(live: Callable[..., Any]) -> None:
    async with live() as it:
        await paused_before_tools(it)
        thread = it.studio.app_state.thread_id
        before = await it.ids()
        await edit_arguments(it, "Quito")
        area = it.app.screen.query_one("#edit-area", TextArea)
        area.replace('{"city_name": "Qui', (0, 0), area.document.end)
        await it.sees("draft kept")
        # Killed: nothing of the screen gets to run any more.
        it.app.screen._save_now = lambda: None
    async with live(thread=str(thread)) as it:
        await it.until(lambda: it.studio.app_state.state is not None, "the state")
        await it.press("e")
        await it.sees("Your draft is back")
        await it.editor()
        await it.sees('{"city_name": "Qui')
        assert await it.ids() == before
        await it.rewrite({"city_name": "Quito"})
        await it.until(lambda: getattr(it.app.screen, "preview", None) is not None, "the preview")
        await it.press("ctrl+s")
        await it.sees("Applied.")
        assert calls((await it.truth()).values)[0]["args"] == {"city_name": "Quito"}


async def test_a_thread_that_moved_on_is_never_overwritten_silently(live: Callable[..., Any]) -> None:
    async with live() as it:
        await paused_before_tools(it)
        thread = it.studio.app_state.thread_id
        assert thread is not None
        await edit_arguments(it, "Rome")
        note = {"messages": [{"type": "human", "content": "by somebody else"}]}
        await it.studio.connection.call(lambda client: client.update_state(thread, note, as_node="agent"))
        moved = await it.ids()
        await it.press("ctrl+s")
        await it.sees("The thread has moved on")
        assert await it.ids() == moved
        await it.press("enter")  # rebase
        await it.until(lambda: it.app.screen.edit.head in moved, "the new head")
        await it.until(lambda: it.app.screen.preview is not None, "the preview")
        await it.press("ctrl+s")
        await it.sees("Applied.")
        values: Any = (await it.truth()).values
        assert [item["content"] for item in values["messages"]][-1] == "by somebody else"
        assert calls(values)[0]["args"] == {"city_name": "Rome"}
