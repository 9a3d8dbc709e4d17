"""Keys that the user moved in `[keys]` are told by their new names on every page, form and dialog."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.screen import Screen

from studio_tui.config.servers import ServerChoice
from studio_tui.core.assistants.form import form_of
from studio_tui.core.assistants.versions import Versions
from studio_tui.core.crons import CronDraft
from studio_tui.core.inputs.message_form import MessageFor
from studio_tui.core.inputs.run_input import HELD
from studio_tui.core.interrupts.resume_command import CommandTarget
from studio_tui.core.state.app_state import Slice
from studio_tui.core.timetravel.state_edit import EditDrafts, StateEdit
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import AssistantId, CheckpointId, NodeId, ThreadId
from studio_tui.domain.message.content import parts_of
from studio_tui.domain.run_request import RunOptions
from studio_tui.errors import AuthError, UsageError
from studio_tui.jsonkit.diff import diff
from studio_tui.text.hint import Hint
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.app.help import HelpScreen
from studio_tui.ui.assistants.differences import DiffScreen, ReviewDialog
from studio_tui.ui.assistants.form_screen import AssistantFormScreen
from studio_tui.ui.composer.composer import Composer
from studio_tui.ui.composer.message_dialog import MessageDialog
from studio_tui.ui.connection.connect_screen import ConnectScreen
from studio_tui.ui.connection.credential_dialogs import HeaderDialog, TrustDialog
from studio_tui.ui.connection.log_screens import HttpLogScreen, ServerLogScreen
from studio_tui.ui.crons.cron_dialog import CronDialog
from studio_tui.ui.debugger.breakpoints_dialog import BreakpointsDialog
from studio_tui.ui.graph.node_screen import NodeScreen
from studio_tui.ui.interrupts.resume_dialog import CommandDialog
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog, ErrorDialog, PathPrompt, PromptDialog, TypedConfirmDialog
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.messages.content_screen import ContentScreen
from studio_tui.ui.runs.options_screen import OptionsFor, RunOptionsScreen
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.timetravel.compare_screen import CompareScreen
from studio_tui.ui.timetravel.edit_screen import EditScreen
from tests.ui.conftest import Driven, Start
from tests.ui.timetravel.time_fakes import at_history, forest

SIZE = (150, 45)
NEW_KEYS = [f"f{number}" for number in range(2, 13)]
OLD = Assistant(AssistantId("a1"), "agent", "mine", context={"model": "small"}, created_at=1.0)
NEW = Assistant(AssistantId("a1"), "agent", "mine", version=2, context={"model": "large"}, created_at=2.0)
VERSIONS = Versions(NEW, (NEW, OLD), Dialect())
BEFORE, AFTER = (Checkpoint(ThreadId("t1"), CheckpointId(name), values={"count": name}) for name in ("c1", "c2"))
NOTES: Any = {"type": "file", "base64": "bGluZQ==", "mime_type": "text/plain", "name": "notes.txt"}


async def _create(_draft: CronDraft) -> None:
    raise AssertionError


def _edit(_it: Driven, folder: Path) -> Screen[Any]:
    drafts = EditDrafts(folder / "edits", lambda: "http://x").of(ThreadId("t1"))
    return EditScreen(StateEdit(AFTER, None, drafts))


Shown = Callable[[Driven, Path], Screen[Any]]
PAGES: dict[str, tuple[Shown, str]] = {
    # a page, form or dialog, and what of it names keys (see `Registry.hint`)
    "help": (lambda _it, _: HelpScreen("graph", ()), "{page-back} Back|{page-search} Search"),
    "detail": (
        lambda _it, _: DetailScreen("Value", {"a": 1}),
        "{page-back} Back|{page-search} Search|{page-next} {page-previous} Matches|{page-wrap} Wrap|"
        "{page-copy} Copy line",
    ),
    "node": (
        lambda _it, _: NodeScreen(NodeId("agent")),
        "{page-back} Back|{page-search} Search|{list-toggle-row} Fold|{page-copy} Copy",
    ),
    "HTTP log": (
        lambda _it, _: HttpLogScreen(),
        "{list-open-row} Whole request|{http-log-curl} Copy as curl|{page-search} Search|{http-log-follow} Follow",
    ),
    "server log": (
        lambda _it, _: ServerLogScreen(),
        "{list-open-row} Whole line|{server-log-follow} Follow|{page-copy} Copy line"
    ),
    "compare": (
        lambda _it, _: CompareScreen(BEFORE, AFTER),
        "{list-toggle-row} More|{list-open-row} Whole values|{page-copy} Copy",
    ),
    "differences": (lambda _it, _: DiffScreen("mine", VERSIONS, 1, 2), "{page-back} Back|{list-open-row} Unfold"),
    "review": (
        lambda _it, _: ReviewDialog(VERSIONS, diff({"a": 1}, {"a": 2}), []),
        "{assistant-save-yes} Save|{list-open-row} Unfold|{dialog-close} Go on editing",
    ),
    "assistant": (
        lambda _it, _: AssistantFormScreen("agent", form_of(None, Dialect()), Dialect(), None),
        "{assistant-form-save} Save|{assistant-form-mode} Form/JSON|{assistant-form-editor} Editor|"
        "{assistant-form-reset} Start over|{assistant-form-leave} Leave, draft kept",
    ),
    "state": (
        _edit,
        "{edit-apply} Apply|{edit-place} What|{edit-how} How|{edit-node} As node|{edit-editor} Editor|"
        "{edit-request} Request|{edit-reset} Start over|{edit-leave} Leave",
    ),
    "options": (
        lambda _it, _: RunOptionsScreen(RunOptions(), OptionsFor(None, None, (), lambda _options: {})),
        "{options-apply} Apply|{options-reset} Start over|{options-cancel} Leave as it was",
    ),
    "messages": (
        lambda _it, _: MessageDialog("agent", MessageFor(), lambda: ""),
        "{message-send} Send|{message-add} Another|{message-next} {message-previous} Next, previous|"
        "{message-remove} Remove|{message-scroll-down} Input|{message-clear} Start over|"
        "{dialog-close} Leave, draft kept",
    ),
    "cron": (
        lambda _it, _: CronDialog(CronDraft(), [OLD], _create),
        "{cron-create} Create|{cron-start-over} Start over|{dialog-close} Leave, draft kept",
    ),
    "command": (
        lambda _it, _: CommandDialog(CommandTarget(), lambda _command: {}),
        "{resume-send} Send|{field-next} Next field|{resume-scroll-down} Request|{resume-clear} Start over|"
        "{dialog-close} Leave, draft kept",
    ),
    "content": (
        lambda _it, _: ContentScreen(parts_of([NOTES])[0]),
        "{content-save} saves it|{content-text} shows its text|{content-text} Text|{content-copy-all} Copy block|"
        "{help} Help|{page-back} Back",
    ),
    "connect": (lambda _it, _: ConnectScreen(), "{connect-back} Back"),
    "trust": (
        lambda _it, _: TrustDialog(ServerChoice("https://stranger.example")),
        "{trust-no} No|{trust-without} Without it|{trust-send} Send it|{trust-without} Connect without the key",
    ),
    "header": (lambda _it, _: HeaderDialog("host", AuthError("No key")), "{dialog-close} Back"),
    "breakpoints": (
        lambda it, _: BreakpointsDialog(it.studio),
        "press {break-before}, or type|{breakpoint-switch} On or off|{breakpoint-remove} Remove|{dialog-close} Back",
    ),
    "yes or no": (lambda _it, _: ConfirmDialog("Sure?", "It is gone then."), "{dialog-yes} Yes|{dialog-no} No"),
    "word": (lambda _it, _: TypedConfirmDialog("Sure?", "It is gone then.", "delete"), "{dialog-close} Do nothing"),
    "prompt": (lambda _it, _: PromptDialog("Name", "Its name:"), "{dialog-close} Cancel"),
    "path": (
        lambda _it, folder: PathPrompt("Save", "Save to", "", folder),
        "{path-complete} Complete the path|{dialog-close} Cancel",
    ),
    "error": (lambda _it, _: ErrorDialog(AuthError("No key")), "{error-close} Close|{error-copy} Copy the error"),
    "picker": (lambda _it, _: PickerDialog("Pick", [PickerChoice("a", "a")]), "{dialog-close} Cancel"),
}  # fmt: skip


def moved(template: str) -> dict[str, str]:
    """Return a new key for every command that a template names."""
    names = dict.fromkeys(re.findall(r"\{([a-z-]+)\}", template))
    return dict(zip(names, NEW_KEYS, strict=False))


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_tells_the_keys_that_the_user_chose(start: Start, tmp_path: Path, page: str) -> None:
    make, template = PAGES[page]
    keys = moved(template)
    by_default = build_registry()
    async with start(size=SIZE, keys=keys) as it:
        await it.panels()
        it.app.push_screen(make(it, tmp_path))
        for part in template.split("|"):
            await it.sees(it.app.commands.hint(part))
            assert not re.search(rf"(?<!\w){re.escape(by_default.hint(part))}", it.screen)


async def test_the_composer_tells_the_keys_that_the_user_chose(start: Start) -> None:
    keys = {f"composer-{name}": f"f{at}" for at, name in enumerate(("mode", "editor", "search", "options"), 2)}
    keys["input"] = "f6"
    async with start(size=SIZE, keys=keys) as it:
        for told in (" @ File  f4 History ", " f2 Form/JSON ", " f3 Editor "):
            await it.sees(told)
            assert it.screen.count(told.strip()) == 1, "told once"
        await it.panels()
        await it.sees(" f6 Write ")
        assert "(i)" not in it.screen


async def test_a_list_and_its_search_tell_the_keys_that_the_user_chose(start: Start) -> None:
    async with start(size=SIZE, keys={"back": "f2", "page-back": "f3"}) as it:
        await it.panels()
        await it.press("1", "slash")
        await it.type("nothing is called so")
        await it.press("enter")
        await it.sees("Press f2")
        await it.press("f2")
        await it.until(lambda: "Press f2" not in it.screen, "all threads")


async def test_a_pause_tells_the_keys_that_the_user_chose(start: Start) -> None:
    keys = {"continue": "f2", "composer-leave": "f3"}
    async with start(size=SIZE, keys=keys) as it:
        it.studio.asks("Go on?")
        it.studio.app_state.touch(Slice.STATE)
        await it.sees("f2 answer")  # the focus has left the composer, which is folded while the graph asks


async def test_a_question_tells_the_keys_that_the_user_chose(start: Start) -> None:
    async with start(
        size=SIZE, keys={"approve": "f2", "resume": "f3", "answer-leave": "f4", "answer-editor": "f5"}
    ) as it:
        await it.panels()
        it.studio.asks("Go on?")
        it.app.perform("continue")
        await it.sees("f3 ")
        await it.press("f3")
        await it.sees("f5 edit in vim  f4 back")
        assert "esc back" not in it.screen


async def test_the_past_tells_the_key_that_leaves_it(start: Start) -> None:
    studio = forest()
    async with start(size=SIZE, studio=studio, keys={"back": "f2"}) as it:
        await at_history(it, studio)
        studio.app_state.cursor = CheckpointId("c")
        studio.app_state.touch(Slice.STATE)
        await it.sees("f2 = now")


KEYS = {"server": "f2", "assistants": "f3", "refresh": "f4", "composer-mode": "f5"}


async def test_an_error_of_the_core_tells_the_keys_that_the_user_chose(start: Start) -> None:
    async with start(size=SIZE, keys=KEYS) as it:
        await it.panels()
        it.app.tell_error(UsageError("Not connected", "{server}: {refresh}", Hint("Connect to one first ({server}).")))
        await it.sees("Connect to one first (f2).")
        await it.sees("{server}: {refresh}")
        detail = f"{'x' * 300} {{continue}}"
        it.app.tell_error(UsageError("Not written", detail, Hint("Refresh the thread ({refresh}).")))
        await it.sees("Refresh the thread (f4).")
        await it.sees("{continue}")
        assert "Connect to one first (S)" not in it.screen


async def test_a_notice_tells_the_keys_that_the_user_chose(start: Start) -> None:
    async with start(size=SIZE, keys=KEYS) as it:
        it.studio.app_state.tell("Look", "at {assistants}", Hint("Pick one first ({assistants})."))
        await it.sees("Pick one first (f3).")
        await it.sees("at {assistants}")


async def test_what_a_server_says_is_no_hint_whatever_braces_it_holds(start: Start) -> None:
    async with start(size=SIZE, keys=KEYS) as it:
        it.studio.app_state.tell("{server}", "{refresh} ({server})", "Did you mean {assistants} ({nothing})?")
        for verbatim in ("{server}", "{refresh} ({server})", "Did you mean {assistants} ({nothing})?"):
            await it.sees(verbatim)


async def test_rows_and_notes_tell_the_keys_that_the_user_chose(start: Start) -> None:
    async with start(size=SIZE, keys=KEYS | {"list-open-row": "f6", "assistants": "f7"}) as it:
        it.studio.app_state.assistant_id = None
        it.studio.app_state.graph = None
        it.studio.app_state.touch(Slice.GRAPH, Slice.ASSISTANTS)
        await it.sees("No graph yet: choose an assistant ")
        await it.sees(" (f7). ")
        it.app.screen.query_one(Composer).say(HELD, "warn")
        await it.sees("form or JSON (f5)")
        many: Any = {"list": list(range(2000))}
        it.app.push_screen(CompareScreen(AFTER, replace(AFTER, checkpoint_id=CheckpointId("c3"), values=many)))
        await it.sees("show all of it (f6)")


@pytest.mark.parametrize(
    ("page", "command", "typed"),
    [("messages", "message-clear", "x"), ("cron", "cron-start-over", "9"), ("command", "resume-clear", "x")],
)
async def test_the_key_that_empties_a_form_is_told_as_the_user_chose_it(
    start: Start, tmp_path: Path, page: str, command: str, typed: str
) -> None:
    async with start(size=SIZE, keys={command: "f2"}) as it:
        await it.panels()
        screen = PAGES[page][0](it, tmp_path)
        it.app.push_screen(screen)
        await it.until(lambda: it.app.focused is not None and screen in it.app.focused.ancestors, "a field")
        await it.type(typed)
        await it.press("f2")
        await it.sees("Press f2 once more to remove what you typed here.")
