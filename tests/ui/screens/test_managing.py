"""Management views on servers that lack things: greyed out with the reason, never an error."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from studio_tui.core.crons import CronDraft
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.ids import AssistantId, ThreadId
from studio_tui.domain.server import Capability, ServerInfo, ServerKind
from studio_tui.ui.commands.key_bar import KeyBar
from studio_tui.ui.crons.cron_dialog import CronDialog
from studio_tui.ui.crons.crons_screen import CronsScreen
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio


@pytest.mark.parametrize(("key", "capability", "title"), [("J", "crons", "Crons"), ("M", "store", "Store")])
async def test_what_a_server_lacks_says_why(start: Start, key: str, capability: str, title: str) -> None:
    fake = FakeStudio()
    async with start(studio=fake) as it:
        lacking = {capability: Capability(False, "This server cannot do that.")}
        fake.app_state.server = ServerInfo("http://x", ServerKind.JAVASCRIPT, capabilities=lacking)
        fake.app_state.touch(Slice.CONNECTION)
        await it.panels()
        depth = len(it.app.screen_stack)
        await it.press(key)
        await it.sees(f"{title}: this server cannot do that.")
        assert len(it.app.screen_stack) == depth


async def test_lines_above_lists_call_a_thread_by_its_words_and_count_no_crons_that_were_not_read(start: Start) -> None:
    """Runs are told of a thread as it is called in lists, by its first words where it has no title."""
    async with start(studio=FakeStudio()) as it:
        it.studio.app_state.thread_id = ThreadId("01a20001")
        it.studio.app_state.words[ThreadId("01a20001")] = "the weather in oslo"
        it.app.perform("runs")
        await it.sees("thread 01a20001  the weather in oslo")
        await it.press("escape")
        await it.press("escape", "J")
        await it.until(lambda: isinstance(it.app.screen, CronsScreen), "the crons")
        screen = it.app.screen
        assert isinstance(screen, CronsScreen)
        await it.until(lambda: not screen.crons.reading, "the first reading")
        screen.crons.problem = "Nothing listens there"
        screen.table.resource.on_change()
        await it.sees("could not be read: Nothing listens there")
        assert "active" not in it.screen
        screen.crons.problem, screen.crons.loaded = "", True
        screen.table.resource.on_change()
        await it.sees("0 active")


async def test_a_key_of_a_view_says_what_the_server_lacks(start: Start) -> None:
    fake = FakeStudio()
    async with start(studio=fake) as it:
        lacking = {"prune": Capability(False, "This server prunes nothing.")}
        fake.app_state.server = ServerInfo("http://x", ServerKind.JAVASCRIPT, capabilities=lacking)
        await it.panels()
        await it.press("w")
        await it.until(lambda: len(it.app.screen_stack) == 3, "the view")
        await it.press("P")
        await it.sees("Prune: this server prunes nothing.")


def dim_in_the_footer(it: Driven) -> set[str]:
    """The words of the bottom row that are drawn as what cannot be done."""
    row = it.app.screen.query_one("#over-hints", KeyBar)
    return {hint.word for hint in row.hints() if not hint.able}


@pytest.mark.parametrize(
    ("key", "dim"),
    [
        ("w", {"Rename", "Delete", "Copy", "Tag", "Prune"}),
        ("J", {"New", "Delete"}),
        ("M", {"Edit", "New", "Delete"}),
    ],
)
async def test_what_a_readonly_session_may_not_do_is_dim_in_every_view_and_says_why(
    start: Start, key: str, dim: set[str]
) -> None:
    async with start(size=(160, 45)) as it:
        await it.panels()
        await it.press(key)
        await it.until(lambda: bool(it.app.screen.query("#over-hints")), "the view")
        before = dim_in_the_footer(it)
        assert dim & before == (dim - {"New"} if key in "wJ" else set())  # without rows what is done to one is dim, too
        it.studio.app_state.readonly = True
        assert dim <= dim_in_the_footer(it)
        await it.press("D")
        said = "Delete: this session is read-only."
        await it.until(lambda: any(said == notice.message for notice in it.app._notifications), said)
        await it.press("question_mark")
        await it.sees("Help ─")
        it.app.screen.query_one("#help").set_filter("not now: read-only")  # type: ignore[attr-defined]
        await it.sees("not now: this session is read-only")


async def test_what_the_server_lacks_is_dim_in_the_footer(start: Start) -> None:
    fake = FakeStudio()
    async with start(studio=fake, size=(160, 45)) as it:
        lacking = {"prune": Capability(False, "This server prunes nothing.")}
        fake.app_state.server = ServerInfo("http://x", ServerKind.JAVASCRIPT, capabilities=lacking)
        await it.panels()
        await it.press("w")
        await it.until(lambda: bool(it.app.screen.query("#over-hints")), "the view")
        assert "Prune" in dim_in_the_footer(it)


async def test_a_bad_filter_at_the_prompt_opens_nothing(start: Start) -> None:
    async with start() as it:
        await it.panels()
        depth = len(it.app.screen_stack)
        it.app.perform("threads", "status=open")
        await it.sees("No status is called open")
        assert len(it.app.screen_stack) == depth


def drafts_in(it: Driven) -> list[str]:
    return [path.read_text() for path in it.app.options.paths.drafts_dir.glob("*.draft.json")]


async def test_a_new_cron_survives_esc_and_the_end_of_the_program_until_it_is_made(
    start: Start,
) -> None:
    made: list[CronDraft] = []

    async def create(draft: CronDraft) -> None:
        made.append(draft)

    def dialog() -> CronDialog:
        return CronDialog(CronDraft(assistant_id=assistants[0].assistant_id), assistants, create)

    async with start() as it:
        await it.panels()
        assistants = it.studio.app_state.assistants.items
        it.app.push_screen(dialog())
        await it.sees("New cron")
        await it.type("0 9 * * 1")
        it.app.unsaved.save()  # as on the way out, but the program goes on
        assert ["0 9 * * 1" in text for text in drafts_in(it)] == [True]
        await it.press("escape")
        await it.until(lambda: not isinstance(it.app.screen, CronDialog))
        it.app.push_screen(dialog())
        await it.sees("What you typed before is back.")
        await it.sees("0 9 * * 1")
        await it.press("ctrl+s")
        await it.until(lambda: not isinstance(it.app.screen, CronDialog))
        assert [draft.schedule for draft in made] == ["0 9 * * 1"]
        await it.until(lambda: not drafts_in(it))


async def test_a_new_cron_can_start_over(start: Start) -> None:
    async def create(_: CronDraft) -> None:
        raise AssertionError

    async with start() as it:
        await it.panels()
        it.app.push_screen(CronDialog(CronDraft(), it.studio.app_state.assistants.items, create))
        await it.sees("New cron")
        await it.type("0 9")
        await it.press("ctrl+r")
        await it.sees("Press ^r once more")
        await it.type("8")
        await it.sees("0 98")
        await it.press("ctrl+r")
        await it.sees("0 98")
        await it.press("ctrl+r", "escape")
        await it.until(lambda: not isinstance(it.app.screen, CronDialog))
        assert drafts_in(it) == []


async def test_a_new_cron_of_a_name_that_two_assistants_have_asks_which_is_meant(start: Start) -> None:
    twins = [Assistant(AssistantId(f"{sign * 8}-0000-4000-8000-000000000000"), "agent", "night") for sign in "ab"]
    made: list[CronDraft] = []

    async def create(draft: CronDraft) -> None:
        made.append(draft)

    async with start() as it:
        await it.panels()
        it.app.push_screen(dialog := CronDialog(CronDraft(assistant_id=twins[1].assistant_id), twins, create))
        await it.sees("New cron")
        await it.sees(twins[1].assistant_id)  # its name would be the other's, too
        dialog.query_one("#cron-assistant", Input).value = "night"
        await it.press("ctrl+s")
        await it.sees("`night` names 2 assistants")
        assert made == []
