"""The keys of every page and every management view."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from studio_tui.ui.contracts.command import Command, Scope, act

if TYPE_CHECKING:
    from studio_tui.domain.server import CapabilityName


@dataclass(frozen=True, slots=True)
class ViewCommands:
    """Declares the commands `<view>-<name>` of a view, a dialog or a widget."""

    view: str
    group: str
    scope: Scope = ""
    """Where their keys work; empty: in the view."""
    hidden: bool = False

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
        everywhere: bool = False,
    ) -> Command:
        """`does`: the Textual action, where it is not called as the command is."""
        run, scope = act(does or name.replace("-", "_")), self.scope or self.view
        return Command(
            f"{self.view}-{name}", title, help, run, keys, self.group, scope, short,
            mutates=mutates, needs=needs, everywhere=everywhere, hidden=self.hidden,
        )  # fmt: skip


_page = partial(Command, group="Pages", hidden=True)
OVER = (
    _page("page-back", "Back", "Clear the search, else go back.", act("back"), ("escape",), scope="over"),
    _page("page-close", "Close", "Go back.", act("close"), ("q",), scope="over"),
    _page("page-search", "Search", "Search for a text.", act("search"), ("slash",), scope="over"),
    _page("page-next", "Next match", "Go to the next match.", act("next"), ("n",), scope="over"),
    _page("page-previous", "Match before", "Go to the match before.", act("previous"), ("N",), scope="over"),
    _page("page-copy", "Copy", "Copy the row under the cursor.", act("copy"), ("y",), scope="over"),
)
DOCUMENT = (_page("page-wrap", "Wrap", "Wrap long lines, or cut them; then ← → move sideways.", act("toggle_wrap"),
                  ("w",), scope="document"),)  # fmt: skip
DETAIL = (_page("page-copy-all", "Copy all", "Copy the whole page.", act("copy_all"), ("Y",), scope="detail"),)


def commands() -> list[Command]:
    return [*OVER, *DOCUMENT, *DETAIL]
