"""What of the graph is in sight: notes beside a scrollbar, and the picture that goes along with what is shown."""

from __future__ import annotations

import re
from functools import partial

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, NodeId, ThreadId
from studio_tui.domain.run import TaskStatus
from tests.graphs.samples import topology
from tests.ui.graph.graph_host import GraphHost, graph_host
from tests.ui.harness import wait_until


async def test_notes_of_a_list_are_whole_beside_its_scrollbar_and_in_one_column() -> None:
    spec = topology("g5_rag30")
    async with graph_host(spec, (54, 16)) as host:
        picture = host.view.picture
        assert picture is not None
        assert picture.is_outline
        assert host.view.show_vertical_scrollbar
        assert not host.view.show_horizontal_scrollbar
        names = [node.id for node in spec.nodes if "__" not in node.id]
        run = host.run_tasks(*((name, TaskStatus.DONE) for name in names + names))
        for task in run.tasks.values():
            task.started_at, task.ended_at = 0.0, 0.406
        host.view.select(NodeId("__start__"))
        host.view.scroll_to(0, 0, animate=False)
        await host.draw(Slice.TASKS)
        rows = host.text.splitlines()[1:15]
        times = [(row.index("m"), row[row.index("m") :]) for row in map(_notes, rows) if "m" in row]
        assert len(times) > 3, rows
        assert {text[:2] for _, text in times} == {"ms"}, rows
        assert len({at for at, _ in times}) == 1, rows
        assert not re.search(r"[×≥](?!\d)", host.text), rows


def _shows(host: GraphHost, text: str) -> bool:
    return text in host.text


def _notes(row: str) -> str:
    """What stands in a row at the right, with blanks instead of the rest."""
    found = re.search(r"406m?s?", row)
    return " " * found.start() + row[found.start() :] if found else ""


async def test_the_picture_goes_along_with_the_moment_that_is_looked_at_and_says_what_is_out_of_sight() -> None:
    spec = topology("g12_chain60")
    first, last = spec.nodes[1].id, spec.nodes[-2].id
    async with graph_host(spec, (80, 16)) as host:
        history = host.app_state.history
        for number, node in enumerate((last, first)):
            history.merge([Checkpoint(ThreadId("t"), CheckpointId(str(number)), next=(node,), step=number)])
        host.view.focus()
        await host.pilot.press("down", "down")
        for cursor, node in (("0", last), ("1", first), ("0", last)):
            host.app_state.cursor = CheckpointId(cursor)
            await host.draw(Slice.HISTORY, Slice.STATE)
            await wait_until(host.pilot, partial(_shows, host, node))
            assert "out of sight" not in host.text
        await host.pilot.press("home")
        await wait_until(host.pilot, lambda: f"out of sight: {last} (next)" in host.text)
