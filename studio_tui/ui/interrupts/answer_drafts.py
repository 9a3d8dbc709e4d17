"""The dock's unsent answers on disk: one draft a thread."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget
from textual.worker import Worker

from studio_tui.core.inputs.drafts import Draft, DraftKey, Drafts, Save
from studio_tui.core.interrupts.answer_sheet import AnswerSheet
from studio_tui.crossing import off_the_loop
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.drafts import DraftKeeper

_UNSAFE = "This answer could not be kept on disk: it would be lost with the program."


class AnswerDrafts:
    """The draft of the thread whose questions the dock shows; `keeper` says when it is written."""

    def __init__(
        self,
        dock: Widget,
        sheet: AnswerSheet,
        read: Callable[[], None],
        say: Callable[[str], None],
        restored: Callable[[], None],
    ) -> None:
        """`read` puts into the sheet what the editors hold; `restored`: what was left for these questions is in it."""
        self.keeper = DraftKeeper(dock, "your answer", self._writing, lambda: say(_UNSAFE))
        self._dock = dock
        self._sheet = sheet
        self._read = read
        self._restored = restored
        self._files: Drafts | None = None
        self._key: DraftKey | None = None
        self._kept = ""

    def load(self, thread: str) -> None:
        """Take up what was left for this thread, for the questions that still ask the same."""
        files, key = services_of(self._dock).kept("answers", thread)
        if key == self._key:
            return
        self._files = files = self._files or files
        self._key, self._kept = key, ""

        async def work() -> None:
            draft = await off_the_loop(lambda: files.load(key))
            if draft is not None and key == self._key:
                self._kept = draft.text
                if self._sheet.restore(draft.text):
                    self._restored()

        _: Worker[None] = self._dock.run_worker(work, group="answers")

    def _writing(self) -> Save | None:
        self._read()
        files, key, text = self._files, self._key, self._sheet.dump()
        if files is None or key is None or text == self._kept or key.thread != self._sheet.thread:
            return None
        save = files.saving(key, Draft("answers", text) if text else None)

        def write() -> bool:
            safe = save()
            self._kept = text if safe else self._kept
            return safe

        return write
