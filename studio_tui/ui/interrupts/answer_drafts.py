"""Keeps the dock's unsent answers on disk: soon after each change, in a thread, and at once when the program ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from textual.timer import Timer
from textual.worker import Worker

from studio_tui.config.paths import find_paths
from studio_tui.core.inputs.drafts import Draft, DraftKey, Drafts
from studio_tui.core.interrupts.answer_sheet import AnswerSheet

if TYPE_CHECKING:
    from studio_tui.ui.interrupts.dock_view import DockView

SAVE_AFTER = 0.5
"""Seconds between a change and the draft on disk."""


class AnswerDrafts:
    """The draft of the thread whose questions the dock shows."""

    def __init__(self, dock: DockView, sheet: AnswerSheet) -> None:
        self._dock = dock
        self._sheet = sheet
        self._files: Drafts | None = None
        self._key: DraftKey | None = None
        self._kept = ""
        self._timer: Timer | None = None

    def load(self, server: str, thread: str) -> None:
        """Take up what was left for this thread, for the questions that still ask the same."""
        key = DraftKey(server, "answers", thread)
        if key == self._key:
            return
        self._key, self._kept = key, ""
        files = self._folder()

        async def work() -> None:
            draft = await asyncio.to_thread(files.load, key)
            if draft is not None and key == self._key:
                self._kept = draft.text
                if self._sheet.restore(draft.text):
                    self._dock.show()
                    self._dock.say("Your unsent answer is back.", "info")

        self._start(work)

    def soon(self) -> None:
        """Write what has changed in a moment."""
        if self._timer is None:
            self._timer = self._dock.set_timer(SAVE_AFTER, self._save)

    def flush(self) -> bool:
        """Write what has changed now; return whether everything is safe."""
        write = self._write()
        return write is None or write()

    def _save(self) -> None:
        write = self._write()
        if write is None:
            return

        async def work() -> None:
            if not await asyncio.to_thread(write):
                self._dock.say("This answer could not be kept on disk: it would be lost with the program.")

        self._start(work)

    def _start(self, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]:
        return self._dock.run_worker(work, group="answers")

    def _write(self) -> Callable[[], bool] | None:
        """Return what puts the draft on disk, None when it stands there already."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        key, text = self._key, self._sheet.dump()
        if key is None or text == self._kept or key.thread != self._sheet.thread:
            return None
        files = self._folder()
        serial = files.next_serial()

        def write() -> bool:
            safe = files.save(key, Draft("answers", text) if text else None, serial)
            self._kept = text if safe else self._kept
            return safe

        return write

    def _folder(self) -> Drafts:
        if self._files is None:
            options = getattr(self._dock.app, "options", None)
            paths = getattr(options, "paths", None) or find_paths()
            self._files = Drafts(paths.drafts_dir)
        return self._files
