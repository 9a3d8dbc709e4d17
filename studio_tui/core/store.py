"""The server's long-term store: namespaces as a tree, pages of items, search by meaning, guarded writes."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from studio_tui.client.store import StoreEndpoints
from studio_tui.core.connection.ports import Caller, ServerClient, calls_of
from studio_tui.core.resources.resource import Resource, full_page
from studio_tui.errors import ConflictError
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, time_of
from studio_tui.text.sanitize import clean
from studio_tui.wire.page import Page

StoreNamespace = tuple[str, ...]
"""The labels of a namespace, the outermost first; not one of a graph (`domain.ids.Namespace`)."""

PAGE = 50
NAMESPACES = 5000
"""Namespaces that are read at once; of more the rest is read when somebody goes there or searches."""
_ASKED = 500
_SCANNED = 1000
"""Items that are looked through where the server does not list namespaces."""


class StoreItem(Struct, frozen=True):
    """One item; texts are raw."""

    namespace: StoreNamespace
    key: str
    value: JsonObject
    updated_at: float | None = None
    stamp: str = ""
    """`updated_at` as the server spells it."""
    score: float | None = None
    """How near it is to what was asked; None where the server does not rank."""


def item_of(value: Json) -> StoreItem | None:
    item = as_object(value)
    key = item.get("key")
    if not isinstance(key, str):
        return None
    spelled = item.get("namespace")
    parts = spelled.split(".") if isinstance(spelled, str) else as_list(spelled)
    return StoreItem(
        namespace=tuple(as_str(part) for part in parts),
        key=key,
        value=as_object(item.get("value")),
        updated_at=time_of(item.get("updated_at")),
        stamp=as_str(item.get("updated_at")),
        score=_score(item.get("score")),
    )


def _score(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e300 else None


class StoreItems(Resource[StoreItem]):
    """The items in and below `prefix` that `query` and `filter` mean, and what can be done to them."""

    def __init__(self, call: Caller[ServerClient]) -> None:
        super().__init__(
            lambda offset, limit: self._item_page(self.prefix, self.query, self.filter, offset, limit),
            lambda item: (item.namespace, item.key),
            page=PAGE,
        )
        self._call = calls_of(call, StoreEndpoints)
        self.namespaces: Resource[StoreNamespace] = Resource(
            self._namespace_page, lambda namespace: namespace, page=_ASKED, first=NAMESPACES, most=_ASKED
        )
        """In the server's order."""
        self.prefix: StoreNamespace = ()
        self.query = ""
        self.filter: JsonObject = {}

    @property
    def why_unread(self) -> str:
        """Why the store could not be read (safe text)."""
        return self.namespaces.problem or self.problem

    def look_at(self, prefix: StoreNamespace) -> None:
        """The items of this namespace are wanted from now on, as `query` and `filter` are now."""
        self.prefix = prefix
        self.outdate()

    async def _namespace_page(self, offset: int, limit: int) -> Page[StoreNamespace]:
        page = await self._call(lambda client: client.store_namespaces(limit=limit, offset=offset))
        if not page and not offset:
            return Page(list(await self._from_items()))
        return full_page(page, offset=offset, limit=limit)

    async def _from_items(self) -> dict[StoreNamespace, None]:
        found: dict[StoreNamespace, None] = {}
        for offset in range(0, _SCANNED, 100):
            page = await self._item_page((), "", {}, offset, 100)
            found.update((item.namespace, None) for item in page.items)
            if page.next_offset is None:
                break
        return found

    async def _item_page(
        self, prefix: StoreNamespace, query: str, filter: JsonObject, offset: int, limit: int
    ) -> Page[StoreItem]:
        found = await self._call(
            lambda client: client.store_items(prefix, query=query, filter=filter or None, limit=limit, offset=offset)
        )
        items = [item for item in map(item_of, found) if item is not None]
        return full_page(items, offset=offset, limit=limit, count=len(found))

    async def get(self, namespace: StoreNamespace, key: str) -> StoreItem | None:
        return item_of(await self._call(lambda client: client.store_get(namespace, key)))

    async def write(
        self, namespace: StoreNamespace, key: str, value: JsonObject, *, seen: StoreItem | None, force: bool = False
    ) -> None:
        """Write an item. ConflictError when it is no longer what was `seen` (None: it did not exist)."""
        if not force:
            now = await self.get(namespace, key)
            if (now.stamp, now.value) != (seen.stamp, seen.value) if now and seen else bool(now) != bool(seen):
                what = "was changed" if now and seen else "exists already" if now else "was deleted"
                raise ConflictError(f"{clean(key, 60)} {what} meanwhile", "", "Look at it again before you overwrite.")
        await self._call(lambda client: client.store_put(namespace, key, value))

    async def delete(self, namespace: StoreNamespace, key: str) -> None:
        await self._call(lambda client: client.store_delete(namespace, key))


def parse_address(text: str) -> tuple[StoreNamespace, str]:
    """Return namespace and key of `users.u1/prefs`. Raises ValueError in words."""
    path, slash, key = text.strip().partition("/")
    labels = tuple(label.strip() for label in path.split("."))
    if not slash or not key.strip() or not all(labels):
        raise ValueError("Write namespace/key: labels with dots between them, then a slash: users.u1/prefs")
    return labels, key.strip()


def tree_of(namespaces: Iterable[StoreNamespace]) -> list[StoreNamespace]:
    """Return namespaces with those that only hold others, parents first."""
    found: set[StoreNamespace] = set()
    for namespace in namespaces:
        found.update(namespace[:depth] for depth in range(1, len(namespace) + 1))
    return sorted(found)


def is_ranked(items: Iterable[StoreItem]) -> bool:
    """Tell whether the server ranked the items of a search by meaning."""
    return any(item.score is not None for item in items)
