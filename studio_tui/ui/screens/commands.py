"""The keys of every page and every management view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from studio_tui.ui.contracts.command import Command, Scope, act

if TYPE_CHECKING:
    from studio_tui.domain.server import CapabilityName


class ViewCommands(Struct, frozen=True):
    """Declares the commands `<view>-<name>` of a view, a dialog or a widget."""

    view: str
    group: str
    scope: Scope = ""
    """Where their keys work; empty: in the view."""
    hidden: bool = False
    everywhere: bool = False
    needs_row: bool = False
    """All of them do something with the row under the cursor."""

    def __call__(
        self,
        name: str,
        title: str,
        help: str,
        *keys: str,
        does: str = "",
        short: str = "",
        mutates: bool = False,
        needs: CapabilityName | None = None,
        everywhere: bool | None = None,
        needs_row: bool = False,
    ) -> Command:
        """`does`: the Textual action, where it is not called as the command is."""
        run, scope = act(does or name.replace("-", "_")), self.scope or self.view
        return Command(
            f"{self.view}-{name}", title, help, run, keys, self.group, scope, short,
            mutates=mutates, needs=needs, hidden=self.hidden,
            everywhere=self.everywhere if everywhere is None else everywhere,
            needs_row=self.needs_row or needs_row,
        )  # fmt: skip


_page = ViewCommands("page", "Pages", "over", hidden=True)
SEARCH = _page("search", "Search", "Search for a text.", "slash", short="Search")
OVER = (
    _page("back", "Back", "Clear the search, else go back.", "escape"),
    _page("close", "Close", "Go back.", "q"),
    SEARCH,
    _page("next", "Next match", "Go to the next match.", "n"),
    _page("previous", "Match before", "Go to the match before.", "N"),
    _page("copy", "Copy", "Copy the row under the cursor.", "y"),
)
_in_document = ViewCommands("page", "Pages", "document", hidden=True)
DOCUMENT = (
    _in_document("wrap", "Wrap", "Wrap long lines, or cut them; then ← → move sideways.", "w", does="toggle_wrap"),
)
_in_detail = ViewCommands("page", "Pages", "detail", hidden=True)
DETAIL = (
    _in_detail("copy-all", "Copy all", "Copy the whole page.", "Y"),
    _in_detail("source", "Source", "Show a text with its marks of Markdown, or drawn.", "v"),
)


def commands() -> list[Command]:
    return [*OVER, *DOCUMENT, *DETAIL]
