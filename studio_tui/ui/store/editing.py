"""Making, editing and deleting items of the store: in $EDITOR, checked, as a draft until it is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from studio_tui.core.inputs.drafts import Draft
from studio_tui.core.store import StoreItem, StoreNamespace, parse_address
from studio_tui.errors import ConflictError, StudioError
from studio_tui.jsonkit.typed import parse_json, print_json
from studio_tui.jsonkit.value import JsonObject, is_object
from studio_tui.text.sanitize import clean
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt, ConfirmDialog
from studio_tui.ui.kit.terminal.lending import edit

if TYPE_CHECKING:
    from studio_tui.core.store import StoreItems
    from studio_tui.ui.contracts.services import Services

_NEW = "{\n  \n}\n"


class ItemEditor:
    """Edits, makes and deletes items, with the questions to ask. All methods may raise StudioError."""

    def __init__(
        self, services: Services, store: StoreItems, written: Callable[[StoreNamespace, str], Awaitable[bool]]
    ) -> None:
        """`written` reads again after a write, and answers whether keys are for the item of this place now."""
        self._services = services
        self._store = store
        self._written = written

    async def new(self, namespace: StoreNamespace) -> None:
        label = "Namespace and key: labels with dots between them, a slash, the key: users.u1/prefs"
        start = clean(".".join(namespace)) + "/" if namespace else ""
        text = await self._services.ask(CheckedPrompt("New item", label, start, parse_address))
        if text is not None:
            await self.edit(*parse_address(text))

    async def edit(self, namespace: StoreNamespace, key: str) -> None:
        """Edit until the text is an object and is written, or the user leaves it; the draft stays till then."""
        seen = await self._store.get(namespace, key)
        drafts, draft_key = self._services.kept("store", print_json([*namespace, key], indent=None))
        before = print_json(seen.value) if seen is not None else _NEW
        text = await self._resumed(drafts.load(draft_key), before)
        while True:
            text = await edit(self._services.app, text, ".json")
            if text.strip() in (before.strip(), ""):
                drafts.save(draft_key, None)
                self._services.tell("Nothing was changed.")
                return
            drafts.save(draft_key, Draft("json", text))
            value, problem = parse_json(text)
            if problem is None and is_object(value):
                break
            why = str(problem) if problem is not None else "the value must be an object: { … }"
            again = ConfirmDialog("This cannot be stored", f"{why}\nYour text is kept either way.", yes="Edit it")
            if not await self._services.ask(again):
                return
        if await self._put(namespace, key, value, seen):
            drafts.save(draft_key, None)
            is_under_cursor = False
            try:
                is_under_cursor = await self._written(namespace, key)
            finally:
                keys = "{store-delete} deletes it." if seen is None else "{store-edit} edits it again."
                told = f" {self._services.commands.hint(keys)}" if is_under_cursor else ""
                self._services.tell(f"{clean(key, 60)} is stored.{told}")

    async def _put(self, namespace: StoreNamespace, key: str, value: JsonObject, seen: StoreItem | None) -> bool:
        try:
            await self._store.write(namespace, key, value, seen=seen)
        except ConflictError as error:
            text = f"{error.title}.\nOverwrite it with yours? Your text is kept either way."
            if not await self._services.ask(ConfirmDialog("The item has moved on", text, yes="Overwrite", danger=True)):
                return False
            await self._store.write(namespace, key, value, seen=seen, force=True)
        except StudioError as error:
            again = self._services.commands.hint("{store-edit} goes on with it.")
            error.hint = error.hint or f"Your text is kept: {again}"
            raise
        return True

    async def _resumed(self, draft: Draft | None, before: str) -> str:
        if draft is None or draft.text.strip() == before.strip():
            return before
        question = ConfirmDialog("There is a draft", "Go on with the text that was not stored last time?", yes="Go on")
        return draft.text if await self._services.ask(question) else before

    async def delete(self, item: StoreItem) -> bool:
        """Delete an item if the user wants that; return whether it is gone."""
        name = clean(f"{'.'.join(item.namespace)}/{item.key}", 200)
        keys = self._services.commands.hint("{store-copy} copies its value first.")
        text = f"{name} is deleted on the server. This cannot be undone; {keys}"
        if not await self._services.ask(ConfirmDialog("Delete the item?", text, yes="Delete", danger=True)):
            return False
        await self._store.delete(item.namespace, item.key)
        self._services.tell(f"{clean(item.key, 60)} is deleted.")
        return True
