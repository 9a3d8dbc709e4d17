"""What is copied belongs to the row under the cursor, and the screen can be kept as a picture."""

from __future__ import annotations

from pathlib import Path

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import NodeId, ThreadId
from studio_tui.ui.studio.copying import spellings
from tests.ui.conftest import Start


async def test_ids_are_those_of_the_row_under_the_cursor(start: Start) -> None:
    async with start() as it:
        await it.panels()
        store = it.studio.store
        store.thread_id = ThreadId(store.threads.items[0].thread_id)
        it.app.studio_screen.show_panel("threads")
        panel = it.app.studio_screen.panel("threads")
        store.touch(Slice.THREADS)
        await it.sees("▶")  # the cursor goes to the open thread once
        await it.until(lambda: panel.has_focus, "the list of threads")
        await it.press("j")
        await it.until(lambda: panel.yank()[0] != store.thread_id, "the next row")  # type: ignore[attr-defined]
        other = panel.yank()[0]  # type: ignore[attr-defined]
        found = spellings(it.app.context())
        assert found["thread id"][0] == other
        assert other in found["studio-tui command"][0]
        assert "studio-tui run" not in found


async def test_every_panel_has_something_to_copy_whatever_is_selected_in_it(start: Start) -> None:
    async with start() as it:
        await it.panels()
        screen = it.app.studio_screen
        await it.until(lambda: screen.graph.picture is not None, "the graph")
        screen.graph.selected = NodeId("agent")
        for panel in ("threads", "graph", "timeline", "history", "state", "messages", "diff", "raw"):
            screen.show_panel(panel)
            assert spellings(it.app.context())


async def test_a_screenshot_is_written_where_it_was_asked_for_and_overwrites_nothing(
    start: Start, tmp_path: Path
) -> None:
    async with start() as it:
        await it.panels()
        file = tmp_path / "shot.svg"
        await it.press("colon")
        await it.type(f"screenshot {file}")
        await it.press("enter")
        await it.until(file.exists, "the picture")
        text = file.read_text(encoding="utf-8")
        assert text.startswith("<svg")
        assert "@font-face" not in text
        before = file.stat().st_mtime_ns
        await it.press("colon")
        await it.type(f"screenshot {file}")
        await it.press("enter")
        await it.sees("exists already")
        assert file.stat().st_mtime_ns == before
