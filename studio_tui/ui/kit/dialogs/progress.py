"""A bulk action under way: how far it is, stopping it, and the exact account at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from studio_tui.core.resources.bulk import Bulk, account
from studio_tui.text.fmt import count
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import PROGRESS
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.kit.terminal.safe import PlainStatic, is_ascii

CELLS = 50


class ProgressDialog(Dialog[bool]):
    """Runs the action; esc stops it after what is under way, enter closes once it is over."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PROGRESS)

    def __init__(
        self, bulk: Bulk[Any], doing: str, verb: str, name: Callable[[Any], str], noun: str = "threads"
    ) -> None:
        """`doing`: "Deleting"; `verb`: "deleted"; `name` says what a thing is called."""
        super().__init__()
        self.heading = f"{doing} {count(bulk.total)} {noun}"
        self._bulk = bulk
        self._verb = verb
        self._noun = noun
        self._called = name

    def parts(self) -> ComposeResult:
        yield PlainStatic("", id="progress-bar")
        yield PlainStatic("", id="progress-text", classes="dialog-text")
        yield self.hint("{dialog-close} Stop after what is under way")

    def on_mount(self) -> None:
        self._bulk.on_change = self._tell
        self._tell()
        # No key waits for it: an esc that comes at once stops it in order, instead of breaking off what was sent.
        self.services.work.start(self._run(), ahead=False)

    async def _run(self) -> None:
        await self._bulk.run()
        lines = account(self._bulk, self._verb, self._noun, self._called)
        self.query_one("#progress-text", PlainStatic).set_text("\n".join(lines))
        self.tell("", "{progress-copy} Copy the account with all ids  {progress-close} Close")
        if not self._bulk.failed and not self._bulk.left:
            self.dismiss(True)
            self.services.tell(lines[0])

    def action_cancel(self) -> None:
        if self._bulk.running:
            self._bulk.stop()
        else:
            self.dismiss(True)

    def action_close(self) -> None:
        if not self._bulk.running:
            self.dismiss(True)

    def action_copy(self) -> None:
        bulk = self._bulk
        lines = account(bulk, self._verb, self._noun, self._called)
        for title, things in ((self._verb, bulk.done), ("failed", list(bulk.failed)), ("not touched", bulk.left)):
            lines += [f"{title}:", *(f"  {clean(str(thing))}" for thing in things)] if things else []
        copy(self.app, "\n".join(lines), "the account")

    def _tell(self) -> None:
        if not self.is_mounted or not self.query("#progress-bar"):
            return  # it is being taken away
        bulk = self._bulk
        over = len(bulk.done) + len(bulk.failed)
        filled = CELLS * over // max(1, bulk.total)
        full, empty = ("#", "-") if is_ascii(self) else ("█", "░")
        bar = (Span(full * filled, "accent"), Span(empty * (CELLS - filled), "muted"), Span(f" {over}/{bulk.total}"))
        self.query_one("#progress-bar", PlainStatic).set_line(bar)
        said = "Stopping …" if bulk.stopping else f"{count(len(bulk.done))} {self._verb}"
        if bulk.failed:
            said += f", {count(len(bulk.failed))} failed"
        self.query_one("#progress-text", PlainStatic).set_text(said)
