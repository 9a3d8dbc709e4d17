"""The page of a node in the running app."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import NodeId, TaskId
from studio_tui.domain.run import TaskStatus, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.present.graph.node import NodePage
from studio_tui.present.kit.sections import Section
from studio_tui.ui.graph.node_screen import NodeScreen
from tests.ui.conftest import Start


async def test_the_node_inspector_shows_edges_and_visits_folds_finds_copies_and_leads_on(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    sections = NodePage.sections

    def counted(page: NodePage, *given: Any) -> list[Section]:
        made.append(page.node)
        return sections(page, *given)

    monkeypatch.setattr(NodePage, "sections", counted)
    async with start(size=(80, 24)) as it:
        await it.panels()
        it.app.go(NodeScreen(NodeId("agent")))
        await it.sees("Edges")
        assert "conditional" in it.screen
        asked = len(it.studio.called("read_subgraphs"))
        assert asked
        it.studio.app_state.touch(Slice.SCHEMAS)  # the server was reloaded
        await it.until(lambda: len(it.studio.called("read_subgraphs")) > asked)
        run = it.studio.running()
        task = TaskView(TaskId("1"), "agent", (), 1, TaskStatus.DONE, 1.0, 2.0, result=LazyJson.of({"city": ["Rome"]}))
        run.tasks[task.id] = task
        it.studio.app_state.touch(Slice.TASKS)
        await it.sees('"Rome"')
        await it.press("slash")
        await it.type("Rome")
        await it.press("enter", "h", "space")
        assert '0  "Rome"' not in it.screen
        await it.press("n", "y")
        await it.until(lambda: it.app.clipboard == "Rome")
        await it.press("escape", "slash")
        await it.type("conditional")
        await it.press("enter", "enter")
        await it.sees("Node tools")
        made.clear()
        run.tasks[TaskId("2")] = TaskView(TaskId("2"), "agent", (), 2, TaskStatus.ERROR, 3.0, 4.0, error="it broke")
        it.studio.app_state.touch(Slice.TASKS)
        await it.until(lambda: bool(made))
        assert set(made) == {"tools"}, "a page that lies below costs nothing"
        await it.press("escape")
        await it.sees("Node agent")
        await it.sees("it broke")
