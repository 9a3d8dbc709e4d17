"""The dock of questions: what it shows, which keys answer, what is sent, and when it takes the focus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.run import Phase
from studio_tui.errors import ConflictError
from studio_tui.text.sanitize import is_safe
from studio_tui.ui.interrupts import dock as interrupt_dock
from studio_tui.ui.kit import twice
from studio_tui.ui.kit.dialogs import dialogs
from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.timetravel.diff_panel import DiffPanel
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio
from tests.ui.harness import widget_text

SIZES = [(120, 36), (80, 24)]
FORM: Any = {
    "type": "object",
    "properties": {"approved": {"type": "boolean"}, "card": {"type": "string", "enum": ["company", "personal"]}},
    "required": ["approved"],
}
TRANSFER = {"action": "transfer", "args": {"eur": 250}}
ALL = {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True}
EVIL = "Pay \u202e100\u202c EUR?\x1b]52;c;aGk=\x07 [@click=app.quit]x[/]\u200b"


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys answer at once, except in the test of that."""
    monkeypatch.setattr(interrupt_dock, "GRACE", 0.0)


def dock_text(it: Driven) -> str:
    return widget_text(it.app.studio_screen.dock)


def flat(it: Driven) -> str:
    """The dock's text in one line, without its border."""
    return " ".join(dock_text(it).replace("┃", " ").split())


async def asked(it: Driven, *values: Any) -> None:
    """Have the graph ask, and go to the dock."""
    await it.panels()
    it.studio.asks(*values)
    await it.until(lambda: it.app.studio_screen.dock.display, "the dock")
    await it.press("c")
    await it.until(lambda: it.app.studio_screen.area == "dock", "focus in the dock")


async def test_a_question_can_be_read_to_its_end_at_every_width(start: Start) -> None:
    async with start(size=(160, 45)) as it:
        await asked(it, " ".join(f"word{number}" for number in range(120)))
        view = it.app.studio_screen.dock.view
        whole = [view.rows.text(row) for row in range(len(view.rows))]
        assert view.get_content_height(it.app.size, it.app.size, 300) < len(whole)
        assert [view.rows.text(row) for row in range(len(view.rows))] == whole, "to be measured changes nothing"
        for size in ((80, 24), (160, 45), (100, 30)):
            await it.pilot.resize_terminal(*size)
            await it.until(lambda size=size: it.app.studio_screen.size == size, "the size")  # type: ignore[misc]
            await it.press("G")
            await it.until(lambda: "word119" in dock_text(it), "its last word")


async def half_answered(it: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press the first of two keys that answer; from now on keys for a question that has just come do nothing."""
    await asked(it, "First?")
    await it.press("y")
    monkeypatch.setattr(interrupt_dock, "GRACE", 3600.0)


async def answers(it: Driven) -> Any:
    await it.until(lambda: bool(it.studio.called("answer")), "an answer")
    assert len(it.studio.called("answer")) == 1
    return it.studio.called("answer")[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("key", "answer"), [("y", True), ("n", False)])
async def test_a_question_is_shown_whole_and_answered_with_one_key(
    start: Start, size: tuple[int, int], key: str, answer: bool
) -> None:
    async with start(size=size) as it:
        await asked(it, {"question": "Pay 250 EUR?", "payee": "Taxi"})
        await it.until(lambda: 'payee  "Taxi"' in dock_text(it))
        assert "? review asks" in dock_text(it)
        assert "y approve (true) n reject (false)" in flat(it)
        assert "y n and edits sent at the second press, words at enter" in flat(it)
        await it.sees("e Edit in vim")
        assert "Pay 250 EUR?" in dock_text(it)
        await it.press(key)
        await it.sees(f"{key} again sends {str(answer).lower()} to")
        assert not it.studio.called("answer")
        await it.press(key)
        assert await answers(it) == {"q1": answer}
        await it.until(lambda: not it.app.studio_screen.dock.display, "the dock is gone")
        assert it.app.studio_screen.area == it.app.studio_screen.active


@pytest.mark.parametrize("size", SIZES)
async def test_panels_stay_in_sight_beside_the_dock(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await asked(it, "\n".join(f"line {number}" for number in range(100)))
        screen = it.app.studio_screen
        assert screen.dock.region.height == (12 if size[1] == 24 else 22), "two thirds of a column beside what runs"
        assert screen.panel(screen.active).region.height >= 5
        before, left = screen.dock.region.height, 100 - screen.dock.view.region.height
        assert f"↓ {left} more rows: down scrolls, z shows more" in flat(it)
        lines = screen.dock.lines
        await it.press("escape")
        await it.until(lambda: not screen.dock.has_focus_within, "a panel")
        await it.until(lambda: lines.keys.region.height == 1, "no row below its keys is kept empty meanwhile")
        await it.press("c")
        await it.until(lambda: screen.dock.view.region.height == 100 - left, "the rows as before")
        await it.press("z")
        await it.until(lambda: screen.dock.region.height > before and "more rows: down scrolls y approve" in flat(it))
        assert screen.panel(screen.active).region.height >= 3
        await it.press("escape")
        await it.until(lambda: screen.dock.region.height == before, "it gives the rows back")
        await it.press("4")
        assert screen.panel("state").region.height >= 5
        assert screen.dock.display
        assert screen.dock.region.height >= 5


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("no way", "no way"), ('{"a": [1]}', {"a": [1]}), ("7", 7), ('"7"', "7"), ("null", None), ("{oops", "{oops")],
)
async def test_an_answer_is_text_or_json(start: Start, typed: str, answer: object) -> None:
    async with start() as it:
        await asked(it, "What now?")
        await it.press("enter")
        await it.type(typed)
        await it.press("enter")
        assert await answers(it) == {"q1": answer}


async def test_it_is_said_how_typed_text_will_be_understood(start: Start) -> None:
    async with start() as it:
        await asked(it, "What now?")
        await it.press("enter")
        await it.type("7")
        await it.sees("Sent as a number.")
        await it.press("backspace")
        await it.type("{x")
        await it.sees("Sent as text, because it is no JSON")


async def test_several_questions_are_answered_one_by_one(start: Start) -> None:
    async with start() as it:
        await asked(it, "First?", "Second?", "Third?")
        await it.until(lambda: "1 of 3" in dock_text(it))
        await it.press("right_square_bracket", "tab", "left_square_bracket")
        await it.until(lambda: "Second?" in dock_text(it) and "2 of 3" in dock_text(it))
        await it.press("y", "y")
        assert await answers(it) == {"q2": True}
        screen = it.app.studio_screen
        it.studio.running()
        await it.until(lambda: screen.area not in ("dock", "composer"), "no question while the run goes on")
        it.studio.asks("First?")
        await it.until(lambda: screen.area == "dock" and "First?" in dock_text(it), "the next one of the same set")
        it.studio.running()
        await it.until(lambda: screen.area != "dock")
        it.studio.asks(Interrupt("new", "Another?", node="review"))
        await it.until(lambda: "Another?" in dock_text(it))
        assert screen.area != "dock", "it was asked by nobody"


async def test_several_questions_are_answered_together(start: Start) -> None:
    async with start() as it:
        await asked(it, "First?", "Second?", "Third?")
        await it.press("space", "y")
        await it.until(lambda: "Second?" in dock_text(it) and "1 of 3 prepared" in dock_text(it))
        await it.press("enter", "l", "a", "t", "e", "r", "enter")
        await it.until(lambda: "Third?" in dock_text(it) and "2 of 3 prepared" in dock_text(it))
        await it.press("left_square_bracket")
        await it.until(lambda: '✓ "later"' in dock_text(it))
        await it.sees("^s Send 2 answers  y Approve")
        assert not it.studio.called("answer")
        await it.press("ctrl+s")
        assert await answers(it) == {"q1": True, "q2": "later"}


async def test_a_prepared_answer_can_be_dropped(start: Start) -> None:
    async with start() as it:
        await asked(it, "First?", "Second?")
        await it.press("space", "y", "n")
        await it.until(lambda: "2 of 2 prepared" in dock_text(it))
        await it.press("space")
        await it.until(lambda: "1 of 2 prepared" in dock_text(it))
        await it.press("ctrl+s")
        assert await answers(it) == {"q1": True}


async def test_a_form_asks_for_what_the_schema_wants(start: Start) -> None:
    async with start() as it:
        await asked(it, Interrupt("q1", "Charge the card?", FORM, node="pay", ns=("bookings:1", "payment:2")))
        await it.until(lambda: "in bookings / payment" in dock_text(it))
        await it.press("enter")
        await it.until(lambda: "approved*" in dock_text(it))
        await it.press("enter", "enter")
        await it.sees("Not sent: approved: Required")
        await it.press("tab", "right")  # from the last field round to the first, not to the panels
        await it.press("enter", "right", "enter")
        assert (await answers(it))["q1"]["approved"] is True


async def test_yes_takes_the_shape_of_the_form(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        await asked(it, Interrupt("q1", "Charge the card?" + "\nfor this" * 5, FORM, node="pay"))
        await it.press("enter")
        await it.until(lambda: "card" in flat(it), "the form")
        await it.until(lambda: it.app.studio_screen.dock.view.region.height == 6, "the rows of the question")
        await it.press("escape")
        await it.until(lambda: it.app.studio_screen.area == "dock", "no form")
        await it.press("n", "n")
        assert await answers(it) == {"q1": {"approved": False}}


async def test_only_what_a_payload_allows_is_offered(start: Start) -> None:
    value = {"action_request": TRANSFER, "config": {**ALL, "allow_edit": False, "allow_ignore": False}}
    async with start() as it:
        await asked(it, value)
        await it.until(lambda: "y accept" in dock_text(it))
        assert "ignore" not in dock_text(it)
        await it.press("n")
        await it.until(lambda: "does not allow ignore; it takes: accept, respond" in flat(it))
        await it.press("e")
        await it.until(lambda: "does not allow edit" in flat(it))
        assert not it.studio.called("answer")
        await it.press("y", "y")
        assert await answers(it) == {"q1": [{"type": "accept", "args": None}]}


async def test_words_for_a_payload_are_never_read_as_json(start: Start) -> None:
    async with start() as it:
        await asked(it, [{"action_request": TRANSFER, "config": ALL}])
        await it.press("enter", "4", "2", "enter")
        assert await answers(it) == {"q1": [{"type": "response", "args": "42"}]}


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the user's editor does with the text."""
    edits: list[Any] = []

    async def edit(_app: object, text: str, _suffix: str) -> str:
        return str(edits.pop(0)(text))

    monkeypatch.setattr("studio_tui.ui.interrupts.outside_editor.edit", edit)
    return edits


@pytest.mark.parametrize("size", SIZES)
async def test_hidden_characters_are_visible_and_counted(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await asked(it, EVIL, {"question": EVIL, EVIL: [EVIL]}, {EVIL: EVIL, "amount": 7})
        await it.until(lambda: "5 hidden characters" in dock_text(it))
        assert "<U+202E>100<U+202C>" in dock_text(it)
        assert "[@click=app.quit]x[/]" in flat(it).replace(" ", "")
        assert is_safe(it.screen)
        await it.press("tab")
        await it.until(lambda: "15 hidden characters" in dock_text(it))
        assert is_safe(it.screen)
        await it.press("tab")
        await it.until(lambda: "amount" in dock_text(it) and "10 hidden characters" in dock_text(it))
        assert is_safe(it.screen)


async def test_hostile_node_and_namespace_stay_text(start: Start) -> None:
    async with start() as it:
        await asked(it, Interrupt("q1", "?", node="[red]n\x1b[2J", ns=("[@click=app.quit]:1",)))
        await it.until(lambda: "[red]n␛[2J" in dock_text(it))
        assert "in [@click=app.quit]" in dock_text(it)


async def test_focus_is_not_taken_from_somebody_who_types(start: Start) -> None:
    async with start() as it:
        await it.until(lambda: it.app.studio_screen.area == "composer")
        await it.type("half a mess")
        it.studio.asks("First?")
        await it.until(lambda: it.app.studio_screen.dock.display)
        await it.type("age yn")
        assert it.app.studio_screen.area == "composer"
        assert it.app.studio_screen.composer.state.text() == "half a message yn"
        assert not it.studio.called("answer")
        await it.panels()
        await it.press("c")
        await it.until(lambda: it.app.studio_screen.area == "dock")


async def test_the_focus_never_goes_to_the_dock_by_itself(start: Start) -> None:
    async with start(target=Target("http://127.0.0.1:4711")) as it:
        await it.until(lambda: it.app.studio_screen.area == "composer")
        await it.panels()
        await it.press("2")
        it.studio.asks("First?")
        await it.until(lambda: it.app.studio_screen.dock.display)
        assert not it.app.studio_screen.composer.display, "nobody writes there: it makes room for the question"
        await it.until(lambda: "c answer" in dock_text(it))
        for _ in range(3):
            await it.press("n", "y")
        assert it.app.studio_screen.area == "graph"
        assert not it.studio.called("answer")
        assert not it.studio.called("start")


async def test_a_decision_is_taken_back_by_any_other_key_and_by_leaving(start: Start) -> None:
    async with start() as it:
        await asked(it, "First?", "Second?")
        for keys in (("y", "n"), ("y", "j", "y"), ("k", "n", "right_square_bracket"), ("left_square_bracket", "n")):
            await it.press(*keys)
        await it.press("escape", "c", "n")
        await it.sees("n again sends false to")
        assert not it.studio.called("answer")


@pytest.mark.parametrize("key", ["y", "n"])
async def test_a_held_key_answers_nothing(start: Start, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    async with start() as it:
        await asked(it, "First?")
        monkeypatch.setattr(twice, "HELD", 3600.0)
        await it.press(*[key] * 20)
        await it.sees(f"{key} again sends")
        assert not it.studio.called("answer")
        monkeypatch.setattr(twice, "HELD", 0.0)
        await it.press(key)
        assert await answers(it) == {"q1": key == "y"}


@pytest.mark.parametrize("where", ["panels", "dock", "composer"])
async def test_a_run_with_new_input_ends_no_question_unasked(start: Start, where: str) -> None:
    async with start() as it:
        await it.type("hello")
        await asked(it, "First?", "Second?")
        if where == "composer":
            await it.press("escape", "i", "enter")
        else:
            await it.press(*(["escape"] if where == "panels" else []), "r")
        await it.sees("This thread waits for 2 answers")
        await it.press("n" if where == "composer" else "enter")
        composer = it.app.studio_screen.composer
        await it.until(lambda: "waits for 2" not in it.screen and composer.state.text() == "hello", "the text back")
        assert not it.studio.called("start")
        await it.press("enter" if where == "composer" else "r")
        await it.sees("Run without answering?")
        await it.press("y")
        await it.until(lambda: bool(it.studio.called("start")))


async def test_keys_for_a_question_that_has_just_gone_do_nothing_to_the_next(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as it:
        await half_answered(it, monkeypatch)
        it.studio.asks("Delete everything?")
        await it.sees("Delete everything?")
        for key in ("y", "y", "n", "n", "enter", "space", "ctrl+s"):
            await it.press(key)
        await it.sees("This has just come up")
        assert not it.studio.called("answer")
        monkeypatch.setattr(interrupt_dock, "GRACE", 0.0)
        await it.press("escape", "c", "y", "y")
        assert await answers(it) == {"q1": True}


async def test_a_key_on_its_way_when_the_last_question_goes_does_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as it:
        await half_answered(it, monkeypatch)
        dock = it.app.studio_screen.dock
        it.studio.running(Phase.DONE)
        dock.draw(it.studio.app_state, frozenset({Slice.RUN}))
        for what in ("approve", "respond", "send", "next", "leave"):
            dock.view.action_tell(what)
        await it.until(lambda: not dock.display)
        assert not it.studio.called("answer")


async def test_what_is_typed_for_a_question_that_goes_away_runs_no_command(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as it:
        await asked(it, "First?")
        await it.press("enter", "h", "a")
        monkeypatch.setattr(interrupt_dock, "GRACE", 3600.0)
        it.studio.paused_at("tools")  # somebody else has answered
        await it.until(lambda: not it.app.studio_screen.dock.display)
        await it.press("n", "c", "r", "enter", "n")
        await it.sees("what you type is not taken")
        assert not [call for call, _ in it.studio.calls if call in ("step_over", "continue_run", "start")]
        await it.press("escape", "n")
        await it.until(lambda: len(it.studio.called("step_over")) == 1)


async def test_news_of_the_store_disturb_neither_reading_nor_writing(start: Start) -> None:
    async with start() as it:
        await asked(it, "\n".join(f"line {number}" for number in range(100)))
        await it.press("G")
        await it.until(lambda: "line 99" in dock_text(it))
        it.studio.app_state.touch(Slice.RUN, Slice.STATE, Slice.THREADS)
        await it.until(lambda: not it.studio.app_state.dirty)
        assert "line 99" in dock_text(it)
        await it.press("enter", "h", "a")
        run = it.studio.app_state.run
        assert run is not None
        (question,) = run.interrupts.values()
        run.interrupts["q1"] = replace(question, node="found_later", ns=("outer:1",))
        it.studio.app_state.touch(Slice.RUN)
        await it.until(lambda: "found_later" in dock_text(it))
        await it.press("l", "f", "enter")
        assert await answers(it) == {"q1": "half"}


async def test_leaving_and_coming_back(start: Start) -> None:
    async with start() as it:
        await asked(it, "First?")
        await it.press("enter", "x", "escape")
        await it.until(lambda: it.app.studio_screen.area == "dock")
        await it.until(lambda: "typed, not sent: x" in dock_text(it))
        await it.press("escape")
        assert it.app.studio_screen.area == it.app.studio_screen.active
        await it.press("c", "enter", "y", "enter")
        assert await answers(it) == {"q1": "xy"}


async def test_read_only_says_why_and_sends_nothing(start: Start) -> None:
    async with start() as it:
        it.studio.app_state.readonly = True
        await asked(it, "First?", "Second?")
        await it.until(lambda: "read-only" in dock_text(it))
        for key in ("y", "n", "e", "enter", "space", "ctrl+s"):
            await it.press(key)
        assert not it.studio.called("answer")
        screen = it.app.studio_screen
        assert not screen.dock.editors.writing
        assert "First?" in dock_text(it)
        offers = ("second press", "again sends", "space answer", "c answer", "c Answer", "enter write", "drops")
        await it.press("2")
        await it.sees("c Read question")
        assert not [words for words in offers if words in it.screen]
        nothing = "This session is read-only: nothing is started from here."
        assert screen.part(MessagesPanel).empty_text().startswith(f"No messages yet. {nothing}")
        assert "Run the graph" not in screen.part(DiffPanel).empty_text()


async def test_a_stale_answer_is_explained_and_the_draft_kept(start: Start) -> None:
    fake = FakeStudio()
    fake.fail["answer"] = [ConflictError("review asks something else now", "It was answered.", "Nothing was sent.")]
    async with start(studio=fake) as it:
        await asked(it, "First?")
        await it.press("enter", "h", "i", "enter")
        await it.sees("review asks something else now")
        await it.until(lambda: not it.app.studio_screen.dock.lines.sending)
        await it.press("c", "enter")
        await it.until(lambda: it.app.studio_screen.dock.editors.writing)
        assert it.app.studio_screen.dock.sheet.current.text == "hi"


async def test_after_an_edit_of_the_state_it_offers_to_ask_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeStudio()
    monkeypatch.setattr(dialogs, "SUDDEN", 3600.0)

    async with start(studio=fake) as it:
        await asked(it, "First?")

        async def answer(*_args: object, **_more: object) -> None:
            fake.paused_at("review")
            raise ConflictError("The thread has moved on: its state was edited", "next is review.", "Ask again.")

        fake.interrupts.answer = answer  # type: ignore[method-assign, assignment]
        await it.press("y", "y")
        await it.sees("its state was edited")
        await it.press("y", "y", "enter")  # the answering key is held: the dialog came by itself
        await it.sees("its state was edited")
        await it.press("escape")
        assert not fake.called("reask")
        monkeypatch.setattr(dialogs, "SUDDEN", 0.0)
        fake.asks("First?")
        await it.until(lambda: it.app.studio_screen.dock.display)
        await it.press("c", "y", "y")
        await it.sees("its state was edited")
        await it.press("y")
        await it.until(lambda: len(fake.called("reask")) == 1)
