"""The Studio screen's side of the interrupt dock: when it gets the focus, and where its answers go."""

from __future__ import annotations

from textual import on

from studio_tui.ui.commands.command_line import CommandLine
from studio_tui.ui.contracts import intents
from studio_tui.ui.interrupts import dock as interrupt_dock
from studio_tui.ui.interrupts.dock import InterruptDock
from studio_tui.ui.kit.terminal.editor import edit
from studio_tui.ui.studio.intent_handlers import IntentScreen


class DockHost(IntentScreen):
    """Receives what the dock asks for; the Studio screen places it."""

    dock: InterruptDock
    line: CommandLine

    def lay_out(self) -> None:
        """Lay out anew."""
        raise NotImplementedError

    def focus_panels(self) -> None:
        """Give the focus back to the panel that had it last."""
        raise NotImplementedError

    @property
    def in_editor(self) -> bool:
        """Whether letters are text where the focus is."""
        return self.composer.has_focus_within or (self.dock.writing and self.dock.has_focus_within)

    def focus_dock(self) -> None:
        """Go to the questions, because the user asked for it."""
        self.lay_out()
        self.dock.take_focus()

    @on(intents.QuestionsChanged)
    def _dock_appeared(self) -> None:
        # The focus never comes here by itself: a key that is on its way was meant for where it was pressed.
        had_focus = self.dock.has_focus_within
        self.lay_out()
        if not self.dock.asking and had_focus:
            self.focus_panels()
            self.services.typeahead.focus_moved("The question is gone", interrupt_dock.GRACE)

    @on(intents.DockLeft)
    def _dock_left(self) -> None:
        self.focus_panels()

    @on(intents.AnswersGiven)
    def _dock_answered(self, event: intents.AnswersGiven) -> None:
        self.services.work.start(self._answer(event), "sending the answer")

    async def _answer(self, event: intents.AnswersGiven) -> None:
        taken = False
        try:
            taken = await self.services.runs.answer(event.answers, event.asked)
        finally:
            self.dock.sent(event.answers, taken=taken)

    @on(intents.AnswerEditWanted)
    def _dock_edit(self, event: intents.AnswerEditWanted) -> None:
        self.services.work.start(self._edit_answer(event), "editing the answer")

    async def _edit_answer(self, event: intents.AnswerEditWanted) -> None:
        text = await edit(self.app, event.text, ".json")
        self.dock.take_edit(event, text)
