"""Taking the graph out of the running app: as what, where to, and what is asked before."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.ui.conftest import Start


async def test_the_graph_is_written_where_the_user_says_and_nothing_is_replaced_unasked(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    async with start(size=(80, 24)) as it:
        await it.panels()
        await it.press("2", "p")
        await it.sees("Export the graph as")
        await it.type("svg")
        await it.press("enter")
        await it.sees("Copy to the clipboard")
        assert ("load_inner_graph", None) in it.studio.calls, "what is inside of subgraphs belongs to it"
        await it.press("down", "enter")
        await it.sees("~/agent.svg")
        await it.sees("; relative to ~)")
        await it.press("enter")
        await it.sees("Saved:")
        root = ElementTree.fromstring((tmp_path / "agent.svg").read_text())
        assert "tools" in [element.text for element in root.iter()]
        other = tmp_path / "mine.dot"
        other.write_text("mine")
        for answer, left in (("n", True), ("y", False)):
            await it.press("colon")
            await it.type("export-graph dot ~/mine.dot")
            await it.press("enter")
            await it.sees("exists already")
            await it.press(answer)
            await it.until(lambda left=left: (other.read_text() == "mine") is left)  # type: ignore[misc]
        assert other.read_text().startswith("digraph {")
        # A path that is typed where one picks is taken like a pick: enter, and it is written.
        (tmp_path / "folder").mkdir()
        for typed, written in (("out.mmd", "out.mmd"), ("folder", "folder/agent.mmd"), ("~/a file", "a file")):
            await it.press("p")
            await it.type("mermaid")
            await it.press("enter")
            await it.sees("choose, or type a path")
            await it.type(typed)
            await it.sees("a folder keeps the name agent.mmd")
            if not typed.startswith("~"):
                await it.sees("from ~")
            await it.press("enter")
            await it.until((tmp_path / written).is_file)
        assert (tmp_path / "out.mmd").read_text().startswith("flowchart")
        await it.press("p")
        await it.type("mermaid")
        await it.press("enter")
        await it.type("clip")
        await it.press("enter")
        await it.until(lambda: it.app.clipboard.startswith("flowchart"))
        await it.press("p")
        await it.type("mermaid")
        await it.press("enter")
        await it.type("/nowhere/at all")
        await it.press("enter")
        await it.sees("does not exist")
        await it.sees("Save 1")
        await it.press("escape")
        await it.press("colon")
        await it.type("export-graph screen copy")
        await it.press("enter")
        await it.until(lambda: "agent" in it.app.clipboard and "►" in it.app.clipboard)
        await it.press("colon")
        await it.type("export-graph pdf")
        await it.press("enter")
        await it.sees("A graph is not written as pdf.")
