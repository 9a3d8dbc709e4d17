"""How a hot reload ended, by the server's log."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_tui.core.state.app_state import AppState, LinkState
from studio_tui.domain.server import ServerInfo
from studio_tui.local.reload import GraphFaults, ReloadWatch
from studio_tui.present.graph.source import GraphSource
from tests.present.said import said

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
    app_state = AppState(link=LinkState.DOWN, server=ServerInfo("http://fake"))
    app_state.server_problem = "Graph 'steps' failed to load: invalid syntax\nFile g.py, line 13\nand more\nand more"
    assert said(app_state).startswith("✗ The reload failed · ^l log")
    assert "invalid syntax · File g.py, line 13" in said(app_state)
    app_state.server_problem = ""
    assert "Connection lost" in said(app_state)


JS_BEGINS = "10:45:00 PM [tsx] change in ./src/graphs.ts Restarting..."
JS_WORKED = "info:    ▪ Server running at 127.0.0.1:23531"
JS_FAILED = [
    "info:    ▪ Registering graphs from /w",
    "error:   ▪ TransformError: Transform failed with 1 error:",
    '/w/src/graphs.ts:37:20: ERROR: Unexpected ";"',
    "    at failureErrorWithLog (/w/node_modules/esbuild/lib/main.js:1752:15)",
    "    at /w/node_modules/esbuild/lib/main.js:1019:50",
]


def test_reloads_of_a_javascript_server_are_followed_too() -> None:
    watch = ReloadWatch(Path("/w"))
    assert watch.take(JS_WORKED) is None  # the first start
    assert [watch.take(line) for line in (JS_BEGINS, "info:    ▪ Starting server...", JS_WORKED)] == [None, None, ""]
    told = [watch.take(line) for line in (JS_BEGINS, *JS_FAILED)]
    assert [item is not None for item in told] == [False, False, True, False, True, False]
    assert "TransformError" in (told[2] or "")
    assert (told[4] or "").splitlines()[1:] == ['File "/w/src/graphs.ts", line 37', 'Unexpected ";"']
    again = JS_BEGINS.replace("Restarting", "Rerunning")
    assert [watch.take(line) for line in (again, JS_WORKED)] == [None, ""]


RAISING = """\
2026-11-29T02:04:20Z [error] Exception in ASGI application
 [uvicorn.error] api_variant=local_dev
Traceback (most recent call last):
  File "/usr/lib/python3.11/contextlib.py", line 210, in __aenter__
    return await anext(self.gen)
  File "{venv}/langgraph_api/graph.py", line 407, in get_graph
    value = invoke_factory(value)
  File "{venv}/langgraph_api/_factory_utils.py", line 188, in invoke_factory
    return factory(config)
  File "/home/me/project/./app.py", line 2, in graph
    raise RuntimeError("no key")
RuntimeError: no key
"""
ROUTE = (
    RAISING.replace("graph.py", "web.py").replace("_factory_utils.py", "routing.py").replace("invoke_factory", "app")
)


@pytest.mark.parametrize(("log", "told"), [(RAISING, True), (ROUTE.replace("get_graph", "call"), False)])
def test_a_factory_that_raises_is_named_with_its_place(log: str, told: bool) -> None:
    lines = log.format(venv="/home/me/project/.venv/lib/python3.11/site-packages").splitlines()
    faults = GraphFaults(Path("/home/me/project"))
    found = [fault for line in ["RuntimeError: before", *lines, *lines] if (fault := faults.take(line)) is not None]
    words = 'RuntimeError: no key\nFile "/home/me/project/app.py", line 2, in graph\nraise RuntimeError("no key")'
    assert found == ([words, words] if told else [])


def test_the_graph_panel_says_what_the_factory_raised() -> None:
    app_state = AppState()
    app_state.graph_problem, app_state.graph_fault = (
        "The server failed (500)",
        'RuntimeError: no key\nFile "app.py", line 2',
    )
    source = GraphSource()
    source.take(app_state, observing=False)
    assert {"RuntimeError: no key", 'File "app.py", line 2'} <= set(source.message)
    app_state.graph_problem = ""
    source.take(app_state, observing=False)
    assert not any("RuntimeError" in line for line in source.message)
