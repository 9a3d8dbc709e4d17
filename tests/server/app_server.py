"""A development server of its own for one file of graphs in `apps/`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from studio_tui.config.paths import find_paths
from studio_tui.local import LocalServer
from studio_tui.local.launch import Launch, demo_launch

APPS = Path(__file__).parent / "apps"


@contextlib.contextmanager
def app_server(name: str, graphs: Iterable[str], folder: Path) -> Iterator[str]:
    """Serve these graphs of `apps/<name>.py` from `folder`, which is the server's alone; gives its URL."""
    shutil.copy(APPS / f"{name}.py", folder)
    served = {graph: f"./{name}.py:{graph}" for graph in graphs}
    (folder / "langgraph.json").write_text(json.dumps({"dependencies": ["."], "graphs": served}))
    demo = demo_launch(find_paths())
    local = LocalServer(Launch(demo.command, folder, demo.env, f"the graphs of {name}", grace=demo.grace), None)
    try:
        yield asyncio.run(local.start())
    finally:
        asyncio.run(local.stop())
