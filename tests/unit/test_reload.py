"""How a hot reload ended, by the server's log."""

from __future__ import annotations

from pathlib import Path

from studio_tui.core.state.app_state import Link, Store
from studio_tui.domain.server import ServerInfo
from studio_tui.local.reload import ReloadWatch
from studio_tui.present.status import banner_line
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.spans import plain

BEGINS = "2026-11-28T19:17:42Z [warning  ] WatchFiles detected changes in 'g.py'. Reloading... [uvicorn.error]"
WORKED = "2026-11-28T19:17:37Z [info     ] Application started up in 0.236s [langgraph_api.timing.timer]"
FAILED = [
    "2026-11-28T19:17:43Z [error    ] Graph 'steps' failed to load: File \"/w/g.py\", line 13 [langgraph_runtime]",
    '  File "/w/g.py", line 13',
    "    def (",
    "SyntaxError: invalid syntax",
    "2026-11-28T19:17:43Z [error    ] Application startup failed. Exiting. [uvicorn.error]",
]


def test_reload_that_works_fails_and_works_again() -> None:
    watch = ReloadWatch(Path("/w"))
    assert watch.take(WORKED) is None  # the first start
    assert [watch.take(line) for line in (BEGINS, "something", WORKED, WORKED)] == [None, None, "", None]
    told = [watch.take(line) for line in (BEGINS, *FAILED)]
    assert told[:-1] == [None] * len(FAILED)
    assert "Graph 'steps' failed to load" in (told[-1] or "")
    assert [watch.take(line) for line in (BEGINS, WORKED)] == [None, ""]


def test_reason_of_a_failed_reload_stands_on_the_main_screen_before_the_lost_connection() -> None:
    store = Store(link=Link.DOWN, server=ServerInfo("http://fake"))
    store.server_problem = "Graph 'steps' failed to load: invalid syntax\nFile ..."
    line = banner_line(store, 120, signs=UNICODE, keys={})
    assert line is not None
    assert "The reload failed" in plain(line)
    assert "invalid syntax" in plain(line)
    store.server_problem = ""
    line = banner_line(store, 120, signs=UNICODE, keys={})
    assert line is not None
    assert "Connection lost" in plain(line)
