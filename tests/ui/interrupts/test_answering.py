"""The inbox of interrupted threads, and the dialog that composes a command."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.core.interrupts.answers import InboxItem
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.errors import ConnectError
from studio_tui.text.sanitize import is_safe
from studio_tui.ui.interrupts import dock as interrupt_dock
from studio_tui.ui.interrupts.inbox_screen import InboxScreen
from studio_tui.ui.kit import twice
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio

SIZES = [(120, 36), (80, 24)]


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys answer at once."""
    monkeypatch.setattr(interrupt_dock, "GRACE", 0.0)


def waiting(number: int, *values: Any) -> InboxItem:
    thread_id = ThreadId(f"{number:08d}-0000-4000-8000-000000000000")
    asked = tuple(Interrupt(f"q{number}.{at}", value, node=f"node{number}") for at, value in enumerate(values))
    return InboxItem(Thread(thread_id, ThreadStatus.INTERRUPTED, "review"), asked)


class InboxStudio(FakeStudio):
    """Opening a thread shows what it asks."""

    def __init__(self) -> None:
        super().__init__()
        self.threads.on_opened = self._ask

    def _ask(self) -> None:
        item = next(item for item in self.interrupts.inbox if item.thread.thread_id == self.app_state.thread_id)
        if item.interrupts:
            self.asks(*item.interrupts)


async def inbox(it: Driven, *items: InboxItem) -> None:
    it.studio.interrupts.inbox = items
    await it.panels()
    await it.press("I")
    await it.sees("Inbox")


async def test_an_inbox_of_nothing_has_no_empty_pane_beside_it(start: Start) -> None:
    async with start() as it:
        await inbox(it)
        await it.until(lambda: not it.app.screen.query_one("#inbox-asked").display)


@pytest.mark.parametrize("size", SIZES)
async def test_inbox_opens_a_thread_at_its_questions(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size, studio=InboxStudio()) as it:
        await inbox(it, waiting(1, "Pay?"), waiting(2, {"question": "Ship it?"}, "And now?"), waiting(3))
        await it.sees("2 questions: Ship it?")
        assert "nothing is asked" in it.screen
        assert "node1" in it.screen
        assert " y Approve " in it.screen.splitlines()[-1]
        await it.press("j")
        await it.until(lambda: "y Approve" not in it.screen, "no key that does nothing here")
        await it.press("y")
        await it.until(lambda: it.screen.count("2 questions wait in this thread") == 2, "the reason, in a notice too")
        await it.press("enter")
        await it.until(lambda: it.app.studio_screen.area == "dock", "focus in the dock")
        assert it.studio.called("open_thread") == [waiting(2).thread.thread_id]
        await it.sees("1 of 2")


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("n", False)])
async def test_inbox_answers_after_the_same_key_again(start: Start, key: str, answer: bool) -> None:
    async with start(studio=InboxStudio()) as it:
        await inbox(it, waiting(1, "Pay?"), waiting(2, "Ship it?"))
        await it.sees("Ship it?")
        await it.press("j", key)
        await it.sees(f"{key} again sends {str(answer).lower()} to")
        assert not it.studio.called("answer")
        await it.press(key)
        await it.until(lambda: bool(it.studio.called("answer")))
        assert it.studio.called("answer") == [{"q2.0": answer}]
        await it.until(lambda: "Ship it?" not in it.screen)
        assert "Pay?" in it.screen


async def test_inbox_answers_nothing_while_a_key_is_held(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start(studio=InboxStudio()) as it:
        await inbox(it, waiting(1, "Pay?"), waiting(2, "Ship it?"))
        await it.sees("Ship it?")
        monkeypatch.setattr(twice, "HELD", 3600.0)
        await it.press(*"nnnnnnnn")
        await it.sees("Two presses so close together count as one")
        assert not it.studio.called("answer")


async def test_inbox_takes_a_decision_back_with_any_other_key(start: Start) -> None:
    async with start(studio=InboxStudio()) as it:
        await inbox(it, waiting(1, "Pay?"), waiting(2, "Ship it?"))
        await it.sees("Ship it?")
        for keys in (("y", "j", "y"), ("k", "y", "n", "j")):
            await it.press(*keys)
        await it.press("y", "h")
        await it.sees("y approve (true)  n reject (false)")
        assert not it.studio.called("answer")


LONG = "Shall we send the offer to all customers of the region? " + "It names every price. " * 30 + "Last words."


@pytest.mark.parametrize("size", SIZES)
async def test_inbox_shows_the_whole_question_of_the_row(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size, studio=InboxStudio()) as it:
        await inbox(it, waiting(1, LONG), waiting(2, {"question": "Ship it?", "cost_centre": 4711}, "And now?"))
        await it.sees("node1 asks")
        await it.until(lambda: "It names every price." in it.screen and it.screen.count("every price") > 2)
        await it.press("tab", "G")
        await it.sees("Last words.")
        await it.press("tab", "j")
        await it.sees("node2 asks · 1 of 2")
        assert "cost_centre  4711" in it.screen
        assert "And now?" in it.screen
        assert "2 questions wait in this thread" in it.screen


async def test_inbox_above_the_question_has_a_row_for_each_thread_up_to_half(start: Start) -> None:
    async with start(size=(80, 24), studio=InboxStudio()) as it:
        await inbox(it, *(waiting(number, f"Pay {number}?") for number in range(1, 5)))
        await it.sees("Pay 4?")
        table, asked = it.app.screen.query_one("#inbox"), it.app.screen.query_one("#inbox-asked")
        await it.until(lambda: table.region.height == 6, "four threads and a border")
        await it.press("j")
        await it.sees("node2 asks")
        assert table.region.height == 6
        it.studio.interrupts.inbox = tuple(waiting(number, LONG) for number in range(1, 40))
        await it.press("ctrl+r")
        await it.until(lambda: table.region.height == asked.region.height >= 9, "half of it for each")
        await it.pilot.resize_terminal(120, 36)
        await it.until(lambda: table.region.height == asked.region.height > 20, "side by side")


async def test_inbox_shows_the_question_that_a_search_left_under_the_cursor(start: Start) -> None:
    async with start(size=(80, 24), studio=InboxStudio()) as it:
        await inbox(it, waiting(1, "Pay the first?"), waiting(2, "Pay the second?"), waiting(3, "Ship the third?"))
        await it.sees("node1 asks")
        await it.press("/", *"third", "enter")
        await it.sees("node3 asks")
        assert "node1 asks" not in it.screen
        await it.press("escape")
        await it.until(lambda: "Pay the first?" in it.screen)
        assert "node3 asks" in it.screen


async def test_inbox_does_not_answer_what_takes_more_than_a_word(start: Start) -> None:
    form: Any = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    closed = {"action_request": {"action": "x", "args": {}}, "config": {"allow_respond": True}}
    items = (
        waiting(1, "a", "b"),
        waiting(2),
        waiting(3, closed),
        InboxItem(waiting(4).thread, (Interrupt("q4", "?", form),)),
    )
    async with start(studio=InboxStudio()) as it:
        await inbox(it, *items)
        await it.sees("2 questions")
        for words in ("2 questions wait", "asks nothing", "does not allow accept", "Yes or no is not enough"):
            await it.press("y")
            await it.sees(words)
            await it.press("y", "j")
        assert not it.studio.called("answer")


async def test_the_inbox_footer_has_the_words_of_the_question_and_only_what_is_taken(start: Start) -> None:
    human = {"action_request": {"action": "x", "args": {}}, "config": {"allow_accept": True, "allow_ignore": True}}
    async with start(size=(80, 24), studio=InboxStudio()) as it:
        await inbox(it, waiting(1, human), waiting(2, "Pay?"), waiting(3, "a", "b"))
        screen = it.app.screen
        assert isinstance(screen, InboxScreen)

        def said() -> list[tuple[str, bool]]:
            return [(hint.word, hint.able) for hint in screen.key_hints()[:2]]

        await it.until(lambda: said() == [("Accept", True), ("Ignore", True)], "the words of the question")
        await it.sees("y Accept  n Ignore")
        assert "y accept  n ignore" in it.screen
        await it.press("j")
        await it.sees("y Approve  n Reject")
        assert said() == [("Approve", True), ("Reject", True)]
        await it.press("j")
        await it.sees("2 questions wait in this thread")
        assert not {"Approve", "Reject"} & {word for word, _able in said()}


async def test_inbox_in_read_only_answers_nothing(start: Start) -> None:
    async with start(studio=InboxStudio()) as it:
        it.studio.app_state.readonly = True
        await inbox(it, waiting(1, "Pay?"))
        await it.sees("Pay?")
        await it.press("y")
        await it.sees("read-only")
        await it.press("y")
        assert not it.studio.called("answer")


async def test_inbox_pages_and_refreshes(start: Start) -> None:
    async with start(studio=InboxStudio()) as it:
        await inbox(it, *(waiting(number, f"Question {number}?") for number in range(60)))
        await it.sees("Question 0?")
        await it.press("G")
        await it.until(lambda: it.studio.called("interrupted_threads")[:2] == [0, 25])
        await it.press("G")
        await it.until(lambda: 50 in it.studio.called("interrupted_threads"))
        await it.until(lambda: "60 threads wait" in it.screen)
        it.studio.interrupts.inbox = (waiting(7, "The only one?"),)
        await it.press("ctrl+r")
        await it.sees("1 thread waits")
        assert "The only one?" in it.screen


async def test_inbox_says_why_it_is_empty(start: Start) -> None:
    fake = InboxStudio()
    fake.fail["interrupted_threads"] = [ConnectError("No answer", "timed out", "")]
    async with start(studio=fake) as it:
        await inbox(it)
        await it.sees("The list could not be read: No answer")
        await it.press("ctrl+r")
        await it.sees("No thread of this server waits for an answer.")


@pytest.mark.parametrize("size", SIZES)
async def test_inbox_shows_hostile_questions_as_text(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size, studio=InboxStudio()) as it:
        await inbox(it, waiting(1, "Pay \u202e1\x1b]52;c;aGk=\x07[@click=app.quit]x[/]"))
        await it.sees("hidden characters")
        assert is_safe(it.screen)
        await it.press("y")
        await it.sees("y again sends")
        assert is_safe(it.screen)


@pytest.mark.parametrize("size", SIZES)
async def test_command_dialog_shows_and_sends_the_same_request(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        it.studio.asks("Go on?")
        await it.press("C")
        await it.sees("nothing to send yet")
        await it.type("yes")
        await it.press("tab")
        await it.type('{"x": 1}')
        await it.press("tab")
        await it.type("tools")
        await it.sees("runs in addition to the resumed node")
        fields = it.app.screen.query("#command-resume, #command-goto, .command-label")
        assert len({field.content_region.x for field in fields}) == 1, "what is typed begins below its name"
        await it.press("pagedown")
        await it.sees('"goto": "tools"')
        await it.press("ctrl+s")
        await it.until(lambda: bool(it.studio.called("send_command")))
        assert it.studio.called("send_command") == [{"resume": {"q1": "yes"}, "update": {"x": 1}, "goto": "tools"}]


async def test_command_dialog_sends_nothing_while_there_is_a_problem(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.asks("Go on?")
        await it.press("C")
        await it.sees("nothing to send yet")
        await it.press("ctrl+s")
        await it.sees("Fill in at least one")
        await it.press("tab", "tab")
        await it.type("nowhere")
        await it.sees("the graph has no node nowhere")
        await it.press("ctrl+s", "escape")
        await it.until(lambda: it.app.screen is it.app.studio_screen)
        assert not it.studio.called("send_command")


async def test_command_dialog_keeps_what_is_typed_until_it_is_sent(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.asks("Go on?")
        await it.press("C")
        await it.sees("nothing to send yet")
        await it.type("half")
        await it.press("ctrl+r")
        await it.sees("Press ^r once more")
        await it.press("escape", "C")
        await it.sees('"q1": "half"')
        await it.press("ctrl+r", "ctrl+r")
        await it.sees("nothing to send yet")
        await it.type("half")
        await it.sees('"q1": "half"')
        await it.press("ctrl+s")
        await it.until(lambda: bool(it.studio.called("send_command")))
        it.studio.asks("Go on?")
        await it.until(lambda: it.app.screen is it.app.studio_screen and not it.app.work.activities)
        it.app.perform("command-dialog")
        await it.sees("nothing to send yet")


async def test_commands_say_why_they_cannot_answer(start: Start) -> None:
    async with start() as it:
        await it.panels()
        for name in ("approve", "reject", "resume", "resume-edit"):
            assert it.app.commands[name].problem(it.app.context()) == "no thread is open"
        it.studio.paused_at("tools")
        assert it.app.commands["approve"].problem(it.app.context()) == "the graph asks nothing on this thread"
        it.studio.asks("Go on?")
        await it.until(lambda: it.app.studio_screen.dock.display)
        it.app.perform("approve")
        await it.until(lambda: it.studio.called("answer") == [{"q1": True}])


async def test_question_of_another_clients_run_takes_no_focus(start: Start) -> None:
    async with start() as it:
        await it.panels()
        area = it.app.studio_screen.area
        it.studio.asks(Interrupt("q1", "May I?", node="agent"))
        await it.sees("May I?")
        await it.pilot.pause()
        assert it.app.studio_screen.area == area
