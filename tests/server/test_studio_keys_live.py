"""The main job by keys alone: pick an agent, send, watch, stop, read what failed; the screen agrees with the server."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from textual import events

from studio_tui.domain.run import Phase
from tests.server.counting_proxy import CountingProxy
from tests.server.driven import Driven, driven

pytestmark = pytest.mark.server

SIZES = [(120, 36), (80, 24)]


@pytest.mark.parametrize("size", SIZES)
async def test_a_message_is_sent_and_its_run_is_followed_everywhere(
    server: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with driven(server, tmp_path, size=size) as it:
        await it.type("what's the weather in sf")
        await it.press("enter")
        assert await it.ends() is Phase.DONE
        await it.press("escape", "5")
        await it.sees("get_weather")
        await it.sees("San Francisco")
        await it.press("2")
        await it.sees("✓ agent")
        await it.press("3")
        await it.sees("calls get_we")
        await it.sees('"It is 16')
        await it.press("4")
        await it.sees("messages")
        await it.press("7")
        await it.sees("updates")
        await it.press("6")
        await it.sees("messages")
        state = it.studio.app_state.state
        assert state is not None
        assert state.values == (await it.truth()).values
        run = it.studio.app_state.run
        assert run is not None
        assert run.unknown_count == 0
        streamed = [message for message in run.messages.values() if message.chunk_count > 1]
        assert streamed, "no message arrived token by token"


async def test_another_agent_is_picked_by_typing_its_name(server: str, tmp_path: Path) -> None:
    async with driven(server, tmp_path) as it:
        await it.press("escape")
        await it.press("colon")
        await it.type("assistant support_team")
        await it.press("enter")
        await it.until(
            lambda: it.studio.app_state.assistant is not None and it.studio.app_state.assistant.name == "support_team"
        )
        await it.sees("supervisor")


async def test_a_long_run_is_stopped_and_the_server_confirms(server: str, tmp_path: Path) -> None:
    async with driven(server, tmp_path, assistant="long_countdown") as it:
        await it.press("ctrl+t")
        it.app.studio_screen.composer.editors.set_text('{"count": 900, "seconds": 0.05}')
        await it.press("ctrl+s")
        await it.until(lambda: (run := it.studio.app_state.run) is not None and len(run.tasks) > 3, "some steps")
        await it.press("escape", "s")
        assert await it.ends() is Phase.CANCELLED
        await it.sees("STOPPED before")
        run = it.studio.app_state.run
        assert run is not None
        assert len(run.tasks) > 3
        assert run.run_id is not None
        thread_id, run_id = run.thread_id, run.run_id
        assert thread_id is not None
        assert (await it.studio.connection.call(lambda client: client.run(thread_id, run_id))).status == "interrupted"


async def test_a_failed_run_shows_the_whole_error(server: str, tmp_path: Path) -> None:
    async with driven(server, tmp_path, assistant="flaky_pipeline") as it:
        await it.press("ctrl+t")
        it.app.studio_screen.composer.editors.set_text('{"fail_at": "transform"}')
        await it.press("ctrl+s")
        assert await it.ends() is Phase.FAILED
        await it.sees("FAILED")
        run = it.studio.app_state.run
        assert run is not None
        failed = [task for task in run.tasks.values() if task.error]
        assert [task.name for task in failed] == ["transform"]
        true = next(task.error for task in (await it.truth()).tasks if task.error)
        assert true == failed[0].error or failed[0].error in true
        await it.press("escape", "3")
        await it.sees(failed[0].error.splitlines()[0][:10])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("thread 01a20000-0000-7000-8000-00000000dead", "not found"),
        ("assistant nobody", "no assistant"),
        ("no-such-command", "no command"),
        ("server http://127.0.0.1:9", "Nothing listens"),
    ],
)
async def test_a_bad_command_is_one_clear_message_and_the_app_lives(
    server: str, tmp_path: Path, line: str, words: str
) -> None:
    async with driven(server, tmp_path) as it:
        await it.press("escape", "colon")
        for char in line:
            await it.pilot.press(
                {" ": "space", ":": "colon", "/": "slash", "-": "minus", ".": "full_stop"}.get(char, char)
            )
        await it.press("enter")
        await it.until(lambda: words.lower() in it.text.lower(), words)
        assert it.app.is_running


async def _everything(it: Driven) -> None:
    """Press every key and click everywhere, as fast as each has its effect."""
    keys = Counter(key for command in it.app.commands for key in command.keys)
    chance = random.Random(7)
    for key, commands in keys.items():
        if key in ("q", "ctrl+q", "ctrl+z", "ctrl+e"):
            continue
        # a key of several commands is one key to the Studio: it is pressed once, with enter after it
        enter = ["enter"] if commands > 1 or chance.random() < 0.3 else []
        for pressed in (key, *enter, "escape", "escape"):
            it.send(events.Key(pressed, pressed if len(pressed) == 1 else None))
            await it.taken()
    for _ in range(80):
        x, y = chance.randrange(it.app.size.width), chance.randrange(it.app.size.height)
        for kind in (events.MouseDown, events.MouseUp):
            it.send(kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))
        await it.taken()


async def test_nothing_that_is_pressed_or_clicked_writes_in_read_only_mode(server: str, tmp_path: Path) -> None:
    proxy = CountingProxy(server)
    async with driven(await proxy.open(), tmp_path, readonly=True) as it:
        await it.sees("READONLY")
        await it.press("escape")
        await _everything(it)
        await it.type("hello")
        await it.press("ctrl+s")
    await proxy.close()
    reads = ("/search", "/count", "/history", "/state/checkpoint", "/namespaces", "/versions")
    writes = [line for line in proxy.requests if not line.startswith("GET ") and not line.split("?")[0].endswith(reads)]
    assert proxy.requests
    assert writes == []
