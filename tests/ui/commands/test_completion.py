"""What a word behind a command's name means: the only value that it could be, or a list to choose from."""

from __future__ import annotations

from typing import Any, cast

import pytest

from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.commands.completion import fitting, meant
from studio_tui.ui.contracts.command import Command
from studio_tui.ui.kit.dialogs.picker import PickerDialog
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import AGENT, REVIEW, THREADS

VALUES = ("agent", "agent-2", "flaky_pipeline", "Careful reviewer", "0f3a-77")
CALLED = {"0f3a-77": "what's the weather in sf"}


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("agent", ["agent"]),  # a name is itself, whatever else begins so
        ("AGENT", ["agent"]),
        ("flaky", ["flaky_pipeline"]),
        ("age", ["agent", "agent-2"]),
        ("pipe", ["flaky_pipeline"]),
        ("careful rev", ["Careful reviewer"]),
        ("rev", ["Careful reviewer"]),
        ("weather sf", ["0f3a-77"]),
        ("What's the weather in SF", ["0f3a-77"]),
        ("0f3", ["0f3a-77"]),
        ("eline", []),
        ("nobody", []),
    ],
)
def test_a_word_means_the_value_itself_its_beginning_or_words_of_it(word: str, means: list[str]) -> None:
    assert fitting(word, VALUES, CALLED) == means


@pytest.mark.parametrize(
    ("typed", "goes_to"),
    [
        ("http://10.0.0.1", "http://10.0.0.1"),  # not 10.0.0.15, which begins so
        ("10", "10"),
        ("http://10.0.0.15:2024", "http://10.0.0.15:2024"),
        ("stag", "staging"),
    ],
)
def test_an_address_is_never_completed_to_another_server(typed: str, goes_to: str) -> None:
    known = ["staging", "http://10.0.0.15:2024"]
    command = Command("server", "Connect", "Go.", lambda _ctx: None, argument="URL", complete=lambda _ctx: known)
    found = meant(cast("Any", None), command, typed)
    assert (found.argument, found.open) == (goes_to, ())


def test_what_writes_or_takes_something_away_is_never_meant_by_its_beginning() -> None:
    registry, ctx = build_registry(), cast("Any", None)
    for command in registry:
        beginnings = (name[:size] for name in command.names for size in range(1, len(name)))
        meant_so = [text for text in beginnings if registry.named(text) is command]
        assert not meant_so or not command.mutates or command.opens, f"{command.id} by {meant_so}"
    assert registry.named("undo") is registry["undo"]
    for name in ("stop", "multitask"):
        found = [meant(ctx, registry[name], "rollback"[:size]).argument for size in (3, 7, 8)]
        assert found == ["rol", "rollbac", "rollback"]
    assert meant(ctx, registry["stop"], "int").argument == "interrupt"


async def _typed(it: Driven, line: str) -> None:
    await it.until(lambda: it.app.screen is it.app.studio_screen, "the Studio")
    await it.press("colon")
    await it.type(line)
    await it.press("enter")


async def test_the_only_candidate_is_taken_and_of_several_one_is_chosen(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await _typed(it, "assistant caref")
        await it.until(lambda: it.studio.called("select_assistant")[-1:] == [REVIEW.assistant_id], "the assistant")
        await _typed(it, "assistant age")
        await it.until(lambda: it.studio.called("select_assistant")[-1:] == [AGENT.assistant_id], "the graph")
        await _typed(it, "thread weath")
        await it.until(lambda: it.studio.called("open_thread") == [THREADS[0].thread_id], "the thread")
        await _typed(it, "theme contrast")
        await it.until(lambda: it.app.theme == "high-contrast", "the theme")
        await _typed(it, "break too af")
        await it.until(lambda: it.studio.called("toggle_breakpoint") == [("tools", "after")], "the node")
        await _typed(it, "thread-status i")
        await it.until(lambda: isinstance(it.app.screen, PickerDialog), "a list")
        await it.sees("Threads by status")
        await it.until(lambda: "▌idle" in it.screen and "busy" not in it.screen, "narrowed to what was typed")
        await it.type("nter")
        await it.press("enter")
        await it.until(lambda: it.studio.called("set_thread_filter") == ["interrupted"], "the status")
        await _typed(it, "go-")  # several commands begin so
        await it.sees("Commands ─")
        await it.sees("▌Go to Threads")
        await it.press("escape")
        await _typed(it, "cancel")  # none, but people call one so
        await it.sees("no run is under way")
