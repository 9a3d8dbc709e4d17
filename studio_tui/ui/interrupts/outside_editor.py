"""Has the user's editor change what is asked about, or what is being typed, and takes what came of it."""

from __future__ import annotations

from collections.abc import Callable

from studio_tui.core.interrupts.answer_sheet import PreparedAnswer
from studio_tui.domain.run_request import Unset
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.interrupts.question_view import QuestionLines
from studio_tui.ui.kit.terminal.lending import edit


class OutsideEditor:
    """Opened for the question in sight. What comes back is shown before it is sent."""

    def __init__(
        self,
        lines: QuestionLines,
        write: Callable[[PreparedAnswer], None],
        settle: Callable[[], None],
        keep: Callable[[], None],
    ) -> None:
        """`write` goes on with an answer in words, `settle` shows what the sheet has, `keep` saves it as a draft."""
        self._lines, self._write, self._settle, self._keep = lines, write, settle, keep

    def open(self, text: str, *, words: bool = False) -> None:
        """Open it on a text; `words`: the answer is a text, not JSON."""
        entry = self._lines.sheet.current
        services_of(self._lines.dock).work.start(self._edit(entry, text, words=words), "editing the answer")

    async def _edit(self, entry: PreparedAnswer, text: str, *, words: bool) -> None:
        sheet, app = self._lines.sheet, self._lines.dock.app
        after = await edit(app, text, ".json")
        if not any(item is entry for item in sheet.entries):
            app.bell()
        elif words:
            entry.text = after.strip()
            if entry is sheet.current:
                self._write(entry)
            self._keep()
        elif after.strip() == text.strip() and (self._lines.editors.writing or not entry.was_edited):
            self._lines.say("Nothing was changed, so nothing is sent.", "info")
        else:
            self._take(entry, after)

    def _take(self, entry: PreparedAnswer, text: str) -> None:
        sheet = self._lines.sheet
        problem = entry.take_edit(text)
        self._settle()
        if problem:
            self._lines.say(problem)
        elif sheet.collecting and entry is sheet.current and not isinstance(entry.answer, Unset):
            sheet.prepare(entry.answer)
            self._settle()
        self._lines.view.focus()
        self._keep()
