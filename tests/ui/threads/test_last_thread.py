"""What was open when the user left is remembered, and is opened again when the user says so."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from msgspec.structs import replace

from studio_tui.config.state import Remembered, read_state, write_state
from studio_tui.local import LocalServer
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import THREADS

LAST = THREADS[1].thread_id


def remembered(tmp_path: Path, url: str) -> Path:
    file = tmp_path / "state" / "state.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    state = Remembered()
    state.used(url, thread=LAST)
    write_state(file, state)
    return file


def is_open_at(it: Driven, place: str) -> None:
    """Have the open server be one that was started for what is called so."""
    assert it.studio.app_state.server is not None
    it.studio.app_state.server = replace(it.studio.app_state.server, place=place)


async def test_the_last_thread_is_opened_by_its_command(start: Start, tmp_path: Path) -> None:
    async with start() as it:
        server = it.studio.app_state.server
        assert server is not None
        remembered(tmp_path, server.base_url)
        it.app.perform("last-thread")
        await it.until(lambda: it.studio.called("open_thread") == [LAST])


async def test_a_session_that_opens_no_thread_does_not_forget_the_last_one(start: Start, tmp_path: Path) -> None:
    async with start() as it:
        server = it.studio.app_state.server
        assert server is not None
        file = remembered(tmp_path, server.base_url)
        await it.app.opening.remember()
        assert read_state(file).last[server.base_url]["thread"] == LAST
        assert read_state(file).last[server.base_url]["panel"] == it.app.studio_screen.active


async def test_going_on_opens_the_panel_that_was_in_use(start: Start) -> None:
    async with start(thread=LAST, panel="state") as it:
        await it.until(lambda: it.app.studio_screen.active == "state")
        assert it.studio.called("open_thread") == [LAST]


@pytest.mark.parametrize("private_copy", [False, True])
async def test_what_was_open_in_a_project_is_remembered_by_it_and_nothing_of_the_demo(
    start: Start, tmp_path: Path, private_copy: bool
) -> None:
    launch = SimpleNamespace(private_copy=private_copy, place=f"local {tmp_path}")
    async with start() as it:
        it.studio.app_state.thread_id = LAST
        is_open_at(it, launch.place)
        it.app.local = cast("LocalServer", SimpleNamespace(launch=launch))
        await it.app.opening.remember()
        it.app.local = None
        kept = read_state(tmp_path / "state" / "state.json")
        assert kept.projects.get(f"local {tmp_path}", {}).get("thread") == (None if private_copy else LAST)
        assert not kept.last or LAST not in [opened.get("thread") for opened in kept.last.values()]


async def test_what_is_open_on_another_server_is_not_what_was_open_in_the_project(start: Start, tmp_path: Path) -> None:
    launch = SimpleNamespace(private_copy=False, place=f"local {tmp_path}")
    async with start() as it:
        server = it.studio.app_state.server
        assert server is not None
        it.studio.app_state.thread_id = LAST
        it.app.local = cast("LocalServer", SimpleNamespace(launch=launch))
        await it.app.opening.remember()
        it.app.local = None
        kept = read_state(tmp_path / "state" / "state.json")
        assert kept.projects == {}
        assert kept.last[server.base_url]["thread"] == LAST


async def test_the_last_thread_of_a_project_is_none_of_another_server_at_its_port(start: Start, tmp_path: Path) -> None:
    async with start() as it:
        server = it.studio.app_state.server
        assert server is not None
        file = remembered(tmp_path, server.base_url)
        is_open_at(it, "local /project")
        it.app.perform("last-thread")
        await it.sees("No other thread was open here when you left.")
        state = read_state(file)
        state.used_project("local /project", thread=THREADS[0].thread_id)
        write_state(file, state)
        it.app.perform("last-thread")
        await it.until(lambda: it.studio.called("open_thread") == [THREADS[0].thread_id])


def test_projects_are_kept_newest_last_and_only_so_many(tmp_path: Path) -> None:
    state = Remembered()
    for number in range(30):
        state.used_project(f"local /{number}", thread="t")
    state.used_project("local /10", panel="state")
    write_state(tmp_path / "state.json", state)
    kept = read_state(tmp_path / "state.json").projects
    assert len(kept) == 20
    assert list(kept.items())[-1] == ("local /10", {"thread": "t", "panel": "state"})
