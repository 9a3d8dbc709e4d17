"""Making, editing and deleting items of the store: in $EDITOR, checked, as a draft until it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.core.inputs.drafts import Draft
from studio_tui.core.store import Namespace, StoreItem, parse_address
from studio_tui.errors import ConflictError, StudioError
from studio_tui.jsonkit.typed import parse_json, print_json
from studio_tui.jsonkit.value import JsonObject, is_object
from studio_tui.text.sanitize import clean
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt, ConfirmDialog
from studio_tui.ui.kit.terminal.editor import edit
from studio_tui.ui.screens.resource import ResourceScreen

if TYPE_CHECKING:
    from studio_tui.core.store import StoreItems

_NEW = "{\n  \n}\n"


class StoreEditing(ResourceScreen):
    """Part of the screen of the store."""

    book: StoreItems

    @property
    def namespace(self) -> Namespace:
        """The namespace under the cursor; the screen knows."""
        raise NotImplementedError

    @property
    def current(self) -> StoreItem | None:
        """The item under the cursor; the screen knows."""
        raise NotImplementedError

    def action_refresh(self) -> None:
        """Read the store again; the screen does it."""
        raise NotImplementedError

    def action_edit(self) -> None:
        """Edit the item under the cursor."""
        item = self.current
        if item is not None:
            self.change(lambda: self._edit(item.namespace, item.key), opens=True)

    def action_new(self) -> None:
        """Make an item."""
        self.change(self._new, opens=True)

    async def _new(self) -> None:
        label = "Namespace and key: labels with dots between them, a slash, the key: users.u1/prefs"
        start = clean(".".join(self.namespace)) + "/" if self.namespace else ""
        text = await self.services.ask(CheckedPrompt("New item", label, start, parse_address))
        if text is not None:
            await self._edit(*parse_address(text))

    async def _edit(self, namespace: Namespace, key: str) -> None:
        """Edit until the text is an object and is written, or the user leaves it; the draft stays till then."""
        seen = await self.book.get(namespace, key)
        drafts, draft_key = self.services.kept("store", print_json([*namespace, key], indent=None))
        before = print_json(seen.value) if seen is not None else _NEW
        text = await self._resumed(drafts.load(draft_key), before)
        while True:
            text = await edit(self.app, text, ".json")
            if text.strip() in (before.strip(), ""):
                drafts.save(draft_key, None)
                self.services.tell("Nothing was changed.")
                return
            drafts.save(draft_key, Draft("json", text))
            value, problem = parse_json(text)
            if problem is None and is_object(value):
                break
            why = str(problem) if problem is not None else "the value must be an object: { … }"
            again = ConfirmDialog("This cannot be stored", f"{why}\nYour text is kept either way.", yes="Edit it")
            if not await self.services.ask(again):
                return
        if await self._put(namespace, key, value, seen):
            drafts.save(draft_key, None)
            self.services.tell(f"{clean(key, 60)} is stored.")
            self.action_refresh()

    async def _put(self, namespace: Namespace, key: str, value: JsonObject, seen: StoreItem | None) -> bool:
        try:
            await self.book.put(namespace, key, value, seen=seen)
        except ConflictError as error:
            text = f"{error.title}.\nOverwrite it with yours? Your text is kept either way."
            if not await self.services.ask(ConfirmDialog("The item has moved on", text, yes="Overwrite", danger=True)):
                return False
            await self.book.put(namespace, key, value, seen=seen, force=True)
        except StudioError as error:
            error.hint = error.hint or "Your text is kept: e goes on with it."
            raise
        return True

    async def _resumed(self, draft: Draft | None, before: str) -> str:
        if draft is None or draft.text.strip() == before.strip():
            return before
        question = ConfirmDialog("There is a draft", "Go on with the text that was not stored last time?", yes="Go on")
        return draft.text if await self.services.ask(question) else before

    def action_delete(self) -> None:
        """Delete the item under the cursor."""
        item = self.current
        if item is not None:
            self.change(lambda: self._delete(item))

    async def _delete(self, item: StoreItem) -> None:
        name = clean(f"{'.'.join(item.namespace)}/{item.key}", 200)
        text = f"{name} is deleted on the server. This cannot be undone; y copies its value first."
        if await self.services.ask(ConfirmDialog("Delete the item?", text, yes="Delete", danger=True)):
            await self.book.delete(item.namespace, item.key)
            self.services.tell(f"{clean(item.key, 60)} is deleted.")
            self.action_refresh()
