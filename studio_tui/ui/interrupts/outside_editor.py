"""Has the user's editor change what is asked about, or what is being typed, and takes what came of it.

What was written for a question that is gone by then is kept in a file.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.dom import DOMNode

from studio_tui.config.private_store import new_private
from studio_tui.core.interrupts.answer_sheet import PreparedAnswer
from studio_tui.domain.run_request import Unset
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.interrupts.question_view import QuestionLines
from studio_tui.ui.kit.terminal.lending import edit


def _keep_apart(node: DOMNode, entry: PreparedAnswer, text: str, suffix: str) -> None:
    """A question is gone while `text` was written for it: keep that in a file of its own, and say where."""
    services, who = services_of(node), clean(entry.question.node, 40) or "the graph"
    if not text.strip():
        services.tell(f"The question of {who} is gone; nothing was written for it.", "warning")
        return
    try:
        path = new_private(services.options.paths.drafts_dir, text, prefix="answer-", suffix=suffix)
    except OSError as error:
        reason = clean(error.strerror or "")
        services.tell(f"The question of {who} is gone, and what you wrote could not be kept: {reason}", "error")
    else:
        services.tell(f"The question of {who} is gone. What you wrote is kept in {clean(str(path), 400)}", "warning")


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
        self._opened_for: PreparedAnswer | None = None
        """The question that the editor is open for."""

    def missed(self, entry: PreparedAnswer | None) -> None:
        """Keep what stood in the dock's own editor for `entry`, if that does not ask any more."""
        if entry is None or entry is self._opened_for or any(item is entry for item in self._lines.sheet.entries):
            return
        if entry.written.strip():
            _keep_apart(self._lines.dock, entry, entry.written, ".txt" if entry.spec is None else ".json")

    def open(self, text: str, *, words: bool = False) -> None:
        """Open it on a text; `words`: the answer is a text, not JSON."""
        entry = self._lines.sheet.current
        services_of(self._lines.dock).work.start(self._edit(entry, text, words=words), "editing the answer")

    async def _edit(self, entry: PreparedAnswer, text: str, *, words: bool) -> None:
        sheet, app = self._lines.sheet, self._lines.dock.app
        self._opened_for = entry
        try:
            after = await edit(app, text, ".txt" if words else ".json")
        finally:
            self._opened_for = None
        if not any(item is entry for item in sheet.entries):
            if sheet.is_known(entry):  # where it asks the same again, the editor begins with this
                entry.put(after, words=words)
                self._keep()
            _keep_apart(app, entry, after if words or entry.is_own(after) else "", ".txt" if words else ".json")
        elif words:
            entry.put(after, words=True)
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
