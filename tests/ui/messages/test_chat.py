"""Promise: the conversation is read by keys: source and drawing, folded calls, what came while it was not looked at."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, RunId, ThreadId
from studio_tui.domain.message.message import Message
from studio_tui.domain.message.read import merge_chunk
from studio_tui.domain.run import Phase, RunState
from studio_tui.present.messages import facts
from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.timetravel.diff_panel import DiffPanel
from tests.ui.harness import wait_until
from tests.ui.kit.panel_host import PanelHost, inside, redraw

THREAD = ThreadId("01a206df-aaaa")
SAID: list[Any] = [
    {"type": "human", "id": "h", "content": "plan **a trip**"},
    {"type": "ai", "id": "a", "content": "", "tool_calls": [{"id": "c", "name": "look", "args": {"q": 1}}]},
    {"type": "tool", "id": "t", "tool_call_id": "c", "content": '{"city": "Rome"}'},
    {"type": "ai", "id": "b", "content": "# Rome\n\n- **hot**\n- [map](https://x.y)"},
]


def state_of(*said: Any, runs: tuple[RunState, ...] = ()) -> AppState:
    found = Checkpoint(THREAD, CheckpointId("1f0c4a22-6f01-6000"), values={"messages": list(said)})
    return AppState(thread_id=THREAD, state=found, runs=list(runs))


def _marked(panel: MessagesPanel) -> list[str]:
    """The rows of the panel with the cursor or the bar beside it, what stands at the right end left out."""
    return [line.partition("   ai")[0].rstrip() for line in inside(panel) if line[:1] in ("▌", "▎")]


async def test_v_shows_the_source_and_the_border_says_so() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 20)) as pilot:
        redraw(panel, state_of(*SAID))
        await wait_until(pilot, lambda: "• map (https://x.y)" in "\n".join(inside(panel)))
        panel.next_view()
        await wait_until(pilot, lambda: "- [map](https://x.y)" in "\n".join(inside(panel)))
        await wait_until(pilot, lambda: "source" in str(panel.border_subtitle))
        panel.next_view()
        await wait_until(pilot, lambda: "• map (https://x.y)" in "\n".join(inside(panel)))
        await wait_until(pilot, lambda: "source" not in str(panel.border_subtitle))


async def test_the_message_under_the_cursor_is_marked_and_enter_and_the_arrows_open_its_call_and_fold_it() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 24)) as pilot:
        redraw(panel, state_of(*SAID))
        row = next(row for row in range(len(panel.rows)) if "• hot" in panel.rows.text(row))
        panel.focus()
        panel.move_to_row(row)
        await wait_until(pilot, lambda: _marked(panel) == ["▎  Rome", "▌  • hot", "▎  • map (https://x.y)"])
        row = next(row for row in range(len(panel.rows)) if "look(q=1)" in panel.rows.text(row))
        panel.move_to_row(row)
        await wait_until(pilot, lambda: _marked(panel) == ["▌▸ look(q=1)", "▎  city Rome"])
        for opens, folds in (("enter", "enter"), ("right", "left"), ("space", "space")):
            await pilot.press(opens)
            await wait_until(pilot, lambda: '"city": "Rome"' in "\n".join(inside(panel)))
            await pilot.press(folds)
            await wait_until(pilot, lambda: "city Rome" in "\n".join(inside(panel)))


async def test_a_search_finds_what_is_drawn_and_a_copy_takes_the_source() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 24)) as pilot:
        redraw(panel, state_of(*SAID))
        panel.set_filter("map (https")
        await wait_until(pilot, lambda: panel.row is not None and "map (https" in panel.rows.text(panel.row))
        assert panel.yank() == (SAID[3]["content"], "ai message")


async def test_an_answer_that_ends_is_drawn_where_it_stands() -> None:
    panel, growing = MessagesPanel(), Message("n", "ai", SAID[3]["content"], streaming=True, chunk_count=4)
    run = RunState(RunId("r"), THREAD, phase=Phase.RUNNING, messages={"n": growing})
    app_state = state_of(*SAID[:3], runs=(run,))
    async with PanelHost(panel).run_test(size=(60, 8)) as pilot:
        redraw(panel, app_state)
        await wait_until(pilot, lambda: "4 chunks ●" in "\n".join(inside(panel)))
        panel.move_to_row(0)
        await pilot.pause()
        top, above = panel.port.top, [line.rstrip(" ▐") for line in inside(panel)[:5]]
        growing.streaming, growing.rev = False, 1
        redraw(panel, app_state)
        await wait_until(pilot, lambda: not any("chunks ●" in panel.rows.text(row) for row in range(len(panel.rows))))
        assert (panel.port.top, [line.rstrip(" ▐") for line in inside(panel)[:5]]) == (top, above)
        await pilot.press("G")
        await wait_until(pilot, lambda: "• map" in "\n".join(inside(panel)))
        assert panel.port.follow


async def test_a_token_neither_merges_the_conversation_nor_makes_a_label_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    labels: list[str] = []
    make = facts.label

    def label(entry: Any, signs: Any) -> Any:
        labels.append(entry.key)
        return make(entry, signs)

    monkeypatch.setattr("studio_tui.present.messages.block.label", label)
    run = RunState(RunId("r"), THREAD, phase=Phase.RUNNING, messages={"n": Message("n", "ai", first_at=1.0)})
    for app_state in (AppState(runs=[run]), state_of(*SAID[:1], runs=(run,))):  # without a state, and with one
        panel = MessagesPanel()
        async with PanelHost(panel).run_test(size=(60, 8)) as pilot:
            merge_chunk(run.messages["n"], {"content": "one ", "type": "AIMessageChunk", "id": "n"})
            redraw(panel, app_state)
            entries, known = panel._conversation.entries, len(labels)
            for word in ("two ", "three ", "four"):
                merge_chunk(run.messages["n"], {"content": word, "type": "AIMessageChunk", "id": "n"})
                redraw(panel, app_state)
            await pilot.pause()
            assert "three four" in "\n".join(inside(panel))
            assert panel._conversation.entries is entries
            assert len(labels) == known


async def test_what_came_while_it_was_not_looked_at_is_unread() -> None:
    panel = MessagesPanel()
    run = RunState(RunId("r"), THREAD, phase=Phase.RUNNING, messages={"h": Message("h", "human", "hi")})
    app_state = state_of(*SAID, runs=(run,))
    async with PanelHost(panel).run_test(size=(60, 8)):
        assert panel.unread(app_state) == 0
        run.messages["n"] = Message("n", "ai", "yes", streaming=True)
        assert panel.unread(app_state) == 1
        redraw(panel, app_state)
        assert panel.unread(app_state) == 0
        run.messages["m"] = Message("m", "ai", "more")
        assert panel.unread(app_state) == 1
        assert panel.unread(AppState()) == 0


async def test_another_thread_is_shown_from_its_end_and_nothing_of_it_is_called_new() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 6)) as pilot:
        redraw(panel, state_of(*SAID))
        await pilot.press("g")
        other = state_of(*SAID, *SAID)
        other.thread_id = ThreadId("01a206df-bbbb")
        redraw(panel, other)
        await wait_until(pilot, lambda: "• map" in "\n".join(inside(panel)))
        assert panel.port.follow
        assert "new" not in " ".join(panel.border_parts())


async def test_an_empty_panel_says_what_will_fill_it() -> None:
    panel, form = MessagesPanel(), Schemas(input={"type": "object", "properties": {"eur": {"type": "number"}}})
    async with PanelHost(panel).run_test(size=(60, 8)) as pilot:
        for app_state, words in (
            (AppState(), "What you send in the composer runs"),
            (AppState(schemas=form), "The input of this graph is a form"),
            (AppState(runs=[RunState(phase=Phase.RUNNING)]), "The run has told no message yet"),
        ):
            redraw(panel, app_state)
            await wait_until(pilot, lambda words=words: words in " ".join(inside(panel)))  # type: ignore[misc]


async def test_two_clicks_open_a_call_and_select_a_word_of_what_was_said() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 24)) as pilot:
        redraw(panel, state_of(*SAID))
        await pilot.click(panel, offset=(6, 1), times=2)
        await wait_until(pilot, lambda: panel.drag.text == "plan")
        await pilot.click(panel, offset=(6, 3), times=2)
        await wait_until(pilot, lambda: '"city": "Rome"' in "\n".join(inside(panel)))


async def test_a_page_of_a_message_is_called_by_its_place_and_calls_of_the_past_have_not_run_yet() -> None:
    panel = MessagesPanel()
    async with PanelHost(panel).run_test(size=(60, 24)) as pilot:
        past = state_of(*SAID[:2])
        assert past.state is not None
        past.state = replace(past.state, next=("tools",))
        past.cursor = past.state.checkpoint_id
        redraw(panel, past)
        await wait_until(pilot, lambda: "not run yet" in "\n".join(inside(panel)))
        first, second = panel._read.messages
        assert "following" not in list(panel.border_parts()), "nothing comes after it"
        assert panel._title(first) == "message 1 of 2 · you"
        assert panel._title(second) == "message 2 of 2 · ai"
        past.state = replace(past.state, next=())
        redraw(panel, past)
        await wait_until(pilot, lambda: "no result" in "\n".join(inside(panel)))


async def test_the_diff_says_why_the_state_could_not_be_read() -> None:
    panel = DiffPanel()
    async with PanelHost(panel).run_test(size=(60, 8)) as pilot:
        redraw(panel, AppState(thread_id=THREAD))
        await wait_until(pilot, lambda: "Nothing to compare" in " ".join(inside(panel)))
        redraw(panel, AppState(thread_id=THREAD, state_problem="The state is too large to be read."))
        await wait_until(pilot, lambda: "The state is too large" in " ".join(inside(panel)))
