"""The app as its user meets it: first screen, sizes, focus, zoom, connecting, ending."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.state.app_state import LinkState, Slice
from studio_tui.domain.run import Phase
from studio_tui.errors import AuthError, ConnectError, NotFoundError
from studio_tui.ui.connection.connect_screen import ConnectScreen
from studio_tui.ui.studio.layout import Wanted, plan
from tests.ui.conftest import Start
from tests.ui.fakes import THREADS, FakeStudio
from tests.ui.harness import grid

PANELS = ("1 Threads", "2 Graph", "3 Timeline", "4 State", "5 Messages", "6 Diff", "7 Raw")


async def test_the_user_can_type_at_once(start: Start) -> None:
    async with start() as it:
        await it.sees("Message to agent")
        await it.type("hello")
        await it.press("enter")
        await it.until(lambda: bool(it.studio.called("start")))
        request = it.studio.called("start")[0]
        assert "hello" in str(request.input)


async def test_all_panels_stand_on_a_usual_terminal(start: Start) -> None:
    async with start(size=(120, 36)) as it:
        await it.sees("1 Threads")
        for name in PANELS:
            assert name in it.screen


async def test_a_narrow_terminal_shows_one_column_with_tabs(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        await it.sees("7 Raw")
        assert all(name in it.screen.splitlines()[1] for name in PANELS)
        await it.panels()
        await it.press("1")
        assert "Weather" in it.screen
        await it.press("4")
        assert "Weather" not in it.screen


async def test_messages_have_their_own_column_on_a_very_wide_terminal(start: Start) -> None:
    async with start(size=(160, 40)) as it:
        assert it.app.studio_screen.panel("messages").display
        assert it.app.studio_screen.panel("state").display


async def test_a_tiny_terminal_says_so_and_recovers(start: Start) -> None:
    async with start(size=(120, 36)) as it:
        for opens in (("slash", "escape"), ("colon",)):
            await it.press("escape", *opens)
            for size in ((24, 4), (300, 15)):
                await it.pilot.resize_terminal(*size)
                told = f"This terminal is too small: {size[0]}×{size[1]}. The studio needs 60×16 or more."
                await it.until(lambda told=told: " ".join(it.screen.split()) == told, told)  # type: ignore[misc]
            await it.pilot.resize_terminal(120, 36)
            await it.sees("1 Threads")
            assert "too small" not in it.screen


async def test_letters_typed_while_the_terminal_is_too_small_are_no_commands(start: Start) -> None:
    async with start(size=(120, 36)) as it:
        await it.type("half a ")
        await it.pilot.resize_terminal(40, 10)
        await it.sees("too small")
        depth = len(it.app.screen_stack)
        for key in ("w", "D", "r", "n", "q", "enter", "ctrl+s"):
            await it.press(key)
        assert len(it.app.screen_stack) == depth
        assert it.app.is_running
        assert not it.studio.called("start")
        await it.pilot.resize_terminal(120, 36)
        await it.sees("7 keys not taken while the terminal was too small: nothing was sent.")
        await it.type("thought")
        await it.sees("half a thought")


async def test_a_resize_keeps_what_was_typed_and_where_the_user_was(start: Start) -> None:
    async with start() as it:
        await it.type("half a thou")
        await it.pilot.resize_terminal(80, 24)
        await it.sees("half a thou")
        await it.type("ght")
        await it.pilot.resize_terminal(160, 45)
        await it.sees("half a thought")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (160, 45), (60, 16), (200, 60)])
async def test_every_row_fills_the_terminal_exactly(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        rows = grid(it.app)
        assert len(rows) == size[1]


async def test_number_keys_go_to_panels_and_zoom_gives_one_the_screen(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("3", "z")
        assert "2 Graph" not in it.screen
        assert "3 Timeline" in it.screen
        await it.press("escape")
        assert "2 Graph" in it.screen


async def test_brackets_walk_through_the_tabs(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("5")
        await it.press("right_square_bracket")
        assert it.app.studio_screen.active == "diff"
        await it.press("left_square_bracket", "left_square_bracket")
        assert it.app.studio_screen.active == "state"


async def test_a_click_on_a_tab_opens_it(start: Start) -> None:
    async with start() as it:
        row = next(row for row in grid(it.app) if " 6 Diff " in row)
        await it.pilot.click(offset=(row.index("6 Diff"), grid(it.app).index(row)))
        await it.until(lambda: it.app.studio_screen.active == "diff")


async def test_without_a_server_the_connect_screen_comes_first(start: Start) -> None:
    async with start(target=None, recent=("http://127.0.0.1:8123",)) as it:
        await it.sees("Connect to a LangGraph server")
        assert "http://127.0.0.1:8123" in it.screen


async def test_without_a_server_the_composer_is_one_line_that_says_so(start: Start) -> None:
    async with start(target=None) as it:
        await it.sees("Connect to a LangGraph server")
        await it.press("escape")
        await it.sees("1 Threads")
        await it.until(lambda: it.app.studio_screen.composer.size.height <= 2, "a composer of one or two lines")


async def test_a_refused_connection_says_why_and_what_to_do_and_can_be_tried_again(start: Start) -> None:
    fake = FakeStudio()
    fake.fail["connect"] = [ConnectError("No answer from 127.0.0.1:2024", "Connection refused", "Start the server.")]
    async with start(studio=fake, ready=False) as it:
        await it.sees("No answer from 127.0.0.1:2024")
        assert "Connection refused" in it.screen
        assert "Start the server." in it.screen
        assert isinstance(it.app.screen, ConnectScreen)
        await it.press("enter")
        await it.sees("Message to agent")


async def test_a_wrong_key_is_told_and_the_url_stays(start: Start) -> None:
    fake = FakeStudio()
    fake.fail["connect"] = [AuthError("The server refused the key", "401 Unauthorized", "Check the key.")]
    async with start(studio=fake, ready=False, target=Target("https://example.org/prefix")) as it:
        await it.sees("The server refused the key")
        assert "https://example.org/prefix" in it.screen


async def test_an_unknown_assistant_falls_back_to_the_first_and_says_so(start: Start) -> None:
    async with start(assistant="nope") as it:
        await it.sees("No assistant is called nope")
        assert it.studio.called("select_assistant")[-1] == it.studio.app_state.assistants.items[0].assistant_id


async def test_a_deep_link_opens_its_thread(start: Start) -> None:
    async with start(thread="aaaa0001-0000-4000-8000-000000000001") as it:
        await it.until(lambda: bool(it.studio.called("open_thread")))
        await it.sees(f"agent v1 › {THREADS[0].label}")


async def test_an_unknown_thread_is_one_message_and_the_app_lives(start: Start) -> None:
    fake = FakeStudio()
    fake.fail["open_thread"] = [NotFoundError("Thread dead is not on this server", "404", "Pick one (1).")]
    async with start(studio=fake, thread="dead") as it:
        await it.sees("Thread dead is not on this server")
        await it.sees("Message to agent")


async def test_a_lost_link_is_told_with_the_next_try(start: Start) -> None:
    async with start() as it:
        app_state = it.studio.app_state
        app_state.link, app_state.next_retry_in = LinkState.DOWN, 3.0
        app_state.touch(Slice.CONNECTION)
        await it.sees("Connection lost")
        assert "next try in 3.0s" in it.screen
        assert "1 Threads" in it.screen
        app_state.link = LinkState.UP
        app_state.touch(Slice.CONNECTION)
        await it.until(lambda: "Connection lost" not in it.screen)


async def test_the_top_row_names_server_assistant_thread_and_phase(start: Start) -> None:
    async with start() as it:
        it.studio.running(step=3)
        await it.sees("RUNNING")
        await it.sees(THREADS[0].label)
        status = it.screen.splitlines()[0]
        assert "127.0.0.1:2024" in status
        assert "agent v1" in status
        assert status.index("agent v1") < status.index(THREADS[0].label) < status.index("RUNNING")
        assert "step 3" in status


async def test_quit_asks_while_a_run_of_ours_is_live(start: Start) -> None:
    async with start() as it:
        await it.type("go")
        await it.press("enter")
        await it.until(lambda: bool(it.studio.runs.started))
        await it.panels()
        await it.press("q")
        await it.sees("Leave?")
        await it.sees("It goes on at the server")
        await it.press("n")
        assert not it.studio.called("aclose")
        server = it.studio.app_state.server
        assert server is not None
        it.studio.app_state.server = replace(server, place="local /project")
        await it.press("q")
        await it.sees("It ends with the local server.")
        await it.press("n")
        it.studio.running(Phase.DONE)
        await it.press("q")
        await it.until(lambda: bool(it.studio.called("aclose")), "closing")


async def test_ctrl_q_leaves_at_once_from_anywhere(start: Start) -> None:
    async with start() as it:
        it.studio.running()
        await it.press("ctrl+q")
        await it.until(lambda: bool(it.studio.called("aclose")))
        assert it.app.return_code == 0


async def test_ascii_draws_no_character_beyond_ascii(start: Start) -> None:
    async with start(ascii=True) as it:
        it.studio.asks("May I?")
        await it.sees("ASKS YOU")
        foreign = {char for char in it.screen if ord(char) > 126}
        assert not foreign


async def test_ascii_frames_and_notices_are_ascii_and_show_the_focus(start: Start) -> None:
    async with start(ascii=True) as it:
        for severity in ("information", "warning", "error"):
            it.app.tell(f"an {severity}", severity)
        await it.sees("an information")
        await it.sees("an error")
        assert it.screen.isascii()
        await it.press("ctrl+o")
        await it.sees("Run options")
        await it.until(lambda: "an error" not in it.screen)
        assert not {char for char in it.screen if char in "─│╭╮╰╯"}
        await it.press("escape", "escape", "I")
        await it.sees("Inbox")
        [used, other] = [it.app.screen.query_one(part).styles.border_top for part in ("#inbox", "#inbox-questions")]
        assert used[0] == other[0] == "ascii"
        assert used[1] != other[1]


@pytest.mark.parametrize(
    ("size", "active", "shown"),
    [
        ((59, 40), "graph", set()),
        ((200, 15), "graph", set()),
        ((80, 24), "state", {"state"}),
        ((80, 24), "timeline", {"graph", "timeline"}),
        ((80, 18), "timeline", {"timeline"}),
        ((120, 36), "graph", {"graph", "timeline", "messages"}),
        ((154, 36), "graph", {"graph", "timeline", "messages", "state"}),
        ((190, 36), "graph", {"threads", "graph", "timeline", "messages", "state"}),
    ],
)
def test_what_is_shown_at_which_size(size: tuple[int, int], active: str, shown: set[str]) -> None:
    assert plan(*size, Wanted(active=active)).panels == shown
