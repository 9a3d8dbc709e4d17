"""One content block that is no text: what it is, its picture, its text, saving it. Nothing is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from studio_tui.crossing import off_the_loop
from studio_tui.domain.message.content import ContentPart
from studio_tui.present.kit.document import TextRows, dump
from studio_tui.present.messages.content_page import content_lines, facts_of
from studio_tui.text.sanitize import clean, clean_copy
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import Command, bindings
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.dialogs.saving_as import save_as
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.kit.terminal.graphics import Graphics, drawing, erasing
from studio_tui.ui.kit.terminal.lending import graphics_here, lent, terminal_of
from studio_tui.ui.messages.commands import CONTENT
from studio_tui.ui.screens.detail import DetailScreen, DocumentView
from studio_tui.ui.screens.resource import ResourceScreen


class ContentView(DocumentView):
    """The page of a block; enter on a block inside it opens that."""

    def __init__(self, lines: TextRows, opens: dict[int, ContentPart], where: str, *, id: str | None = None) -> None:
        super().__init__(lines, id=id)
        self._opens = opens
        self._where = where

    def open_row(self, row: int) -> None:
        line = self._page.anchor(row)[0]
        if line in self._opens:
            self.app.push_screen(ContentScreen(self._opens[line], self._where))


class ContentScreen(ResourceScreen):
    """A block of a message's content."""

    KEYS: ClassVar[tuple[Command, ...]] = CONTENT
    BINDINGS: ClassVar[list[BindingType]] = bindings(CONTENT)
    LINES_ABOVE = 1

    def __init__(self, part: ContentPart, where: str = "") -> None:
        super().__init__()
        self._part = part
        self._where = where
        self._facts = facts_of(part)
        self._graphics = Graphics(problem="it is not known yet what the terminal shows.")
        self.heading = f"{clean(part.kind[:40])} {clean(part.name[:60])}".strip()

    def view(self) -> LineView:
        self._graphics = graphics_here(self.app)
        picture = self._facts.picture
        refused = self._graphics.refusal(picture, self._part.size or 0) if picture is not None else ""
        lines, opens = content_lines(self._facts, refused, self._where, self.services.commands.hint)
        return ContentView(TextRows(lines), opens, self._where, id="content")

    @property
    def _saves(self) -> str:
        return with_keys(self, "{content-save} saves it.")

    def serves(self, command: Command) -> bool:
        return not self._refusal(command.id)

    def _refusal(self, command_id: str) -> str:
        """Why a command does nothing here, empty where it does."""
        facts, link = self._facts, self._part.url
        if command_id in ("content-save", "content-text") and not facts.holds:
            if facts.broken:
                copies = with_keys(self, "{content-copy-all} copies the block as it is.")
                return f"Its data is empty or no base64: there is nothing to save. {copies}"
            if link:
                copies = with_keys(self, "{content-link} copies the link.")
                return f"It is a link: its data is not here, and nothing is fetched. {copies}"
            return with_keys(self, "It holds no data of its own. {content-copy-all} copies the block as JSON.")
        if command_id == "content-text" and not facts.is_text:
            return f"It is no text file. {self._saves}"
        if command_id == "content-picture":
            if facts.picture is None:
                return "Its bytes are no picture that is known." if facts.holds else "It holds no picture of its own."
            refused = self._graphics.refusal(facts.picture, self._part.size or 0)
            return f"No picture here: {refused} {self._saves}" if refused else ""
        return "It has no link." if command_id == "content-link" and not link else ""

    def _do(self, command_id: str, act: Callable[[], object]) -> None:
        refusal = self._refusal(command_id)
        if refusal:
            self.services.tell(refusal, "warning")
        else:
            act()

    def tell_above(self) -> None:
        self.say("above", (Span(" "), Span(clean(self._part.describe()), "msg-tool")))

    def action_save(self) -> None:
        self._do("content-save", lambda: self.start(self._save(), "saving the file", opens=True))

    async def _save(self) -> None:
        data = await asyncio.to_thread(self._part.data)
        if data is None:
            copies = with_keys(self, "{content-copy-all} copies the block.")
            self.services.tell(f"Its data is no base64 to its end: nothing was saved. {copies}", "warning")
            return
        await save_as(self.services, self._facts.file_name, data)

    def action_picture(self) -> None:
        self._do("content-picture", lambda: self.start(self._show(), opens=True))

    async def _show(self) -> None:
        data, picture = await asyncio.to_thread(self._part.data), self._facts.picture
        screen = terminal_of(self.app)
        if data is None or picture is None or screen is None:
            self.services.tell(f"The picture cannot be shown. {self._saves}", "warning")
            return
        room = screen.room()
        try:
            drawn = await asyncio.to_thread(drawing, self._graphics, data, picture, room)
        except ValueError as error:
            self.services.tell(f"No picture here: {error} {self._saves}", "warning")
            return
        words = f" any key goes back · {picture.width} × {picture.height} pixels · {self.heading} "
        with lent(self.app):
            await screen.show(drawn, erasing(self._graphics), words, room)
        self.services.typeahead.drop("The picture was shown")

    def action_text(self) -> None:
        self._do("content-text", lambda: self.start(self._show_text(), "reading the text", opens=True))

    async def _show_text(self) -> None:
        try:
            text = await off_the_loop(lambda: (self._part.data() or b"").decode("utf-8"))
        except UnicodeDecodeError:
            self.services.tell(f"Its bytes are no text. {self._saves}", "warning")
            return
        self.services.go(DetailScreen(self.heading, text, prose=True))

    def action_link(self) -> None:
        self._do("content-link", lambda: copy(self.app, self._part.url, "the link"))

    async def action_copy_all(self) -> None:
        text = await off_the_loop(lambda: clean_copy(dump(self._part.as_held or {})))
        copy(self.app, text, "the block as JSON")
