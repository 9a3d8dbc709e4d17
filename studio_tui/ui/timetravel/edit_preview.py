"""Parts of the edit screen: a setting that a click changes, and the preview of what an edit leads to."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.core.timetravel.edits import EditPreview
from studio_tui.core.timetravel.words import next_text
from studio_tui.jsonkit.diff import diff
from studio_tui.ui.kit.lists.diff_view import DiffView
from studio_tui.ui.kit.terminal.safe import PlainStatic


class EditRow(PlainStatic):
    """A setting of the edit; a click changes it."""

    def __init__(self, action: str, *, id: str) -> None:
        super().__init__(id=id)
        self._action = action

    async def on_click(self) -> None:
        await self.run_action(f"screen.{self._action}")


class PreviewView(DiffView):
    """What the edit changes, after reducers."""

    TITLE: ClassVar[str] = "What it changes"

    _failed = False
    """What the edit changes could not be worked out."""

    def empty_text(self) -> str:
        """Say what is shown here, or why it is not."""
        if self._failed:
            return "What this changes is not known now: see below."
        return "Change the value: what that leads to shows here, before anything is written."

    def show_edit(self, preview: EditPreview) -> None:
        """Show the state after the edit against the state before it."""
        self._failed = False
        after = next_text(preview.next_after) if preview.next_after is not None else "decided when it is applied"
        self.show(f"next: {next_text(preview.next_before)} → {after}", diff(preview.before, preview.after))

    def show_nothing(self, *, failed: bool = False) -> None:
        """Show that nothing would change, or that nobody knows what would; no earlier preview stays."""
        self._failed = failed
        self.clear()
